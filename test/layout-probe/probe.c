/*
 * Prints every number of a `Layout` (src/cpython/layout.ts) as this interpreter's own headers have it, one
 * "dotted.path value" a line. Compile with the interpreter's include directory, its `internal` directory below that,
 * and -DPy_BUILD_CORE; -DPy_DEBUG or -DPy_GIL_DISABLED=1 give the layouts of those builds from the same headers.
 *
 * For 3.13 and later it also prints the bytes of `_Py_DebugOffsets` as the interpreter would hold them.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "Python.h"

#define AT_LEAST(minor) (PY_VERSION_HEX >= 0x03000000 + ((minor) << 16))

#if !AT_LEAST(11)
#include "frameobject.h"
#endif
#include "internal/pycore_condvar.h"
#include "internal/pycore_gil.h"
#include "internal/pycore_pystate.h"
#if AT_LEAST(9)
#include "internal/pycore_interp.h"
#include "internal/pycore_runtime.h"
#endif
#if AT_LEAST(11)
#include "internal/pycore_code.h"
#include "internal/pycore_dict.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_moduleobject.h"
#else
/* Not in an installed header: Objects/dict-common.h and Objects/moduleobject.c. The object test proves them. */
struct _dictkeysobject {
  Py_ssize_t dk_refcnt, dk_size;
  void *dk_lookup;
  Py_ssize_t dk_usable, dk_nentries;
  char dk_indices[];
};
typedef struct {
  PyObject_HEAD
  PyObject *md_dict;
} PyModuleObject;
#endif
#if AT_LEAST(13)
#include "internal/pycore_object.h"
#endif
#if AT_LEAST(14)
#include "internal/pycore_debug_offsets.h"
#include "internal/pycore_interpframe.h"
#elif AT_LEAST(13)
#include "internal/pycore_ceval.h"
#include "internal/pycore_runtime_init.h"
#endif

static void number(const char *path, long long value) { printf("%s %lld\n", path, value); }

/* offsetof rejects a path that goes through a pointer, as it should. */
#define FIELD(path, type, member) number(path, (long long)offsetof(type, member))

/* Where a bit field begins, counted from the lowest bit of the 32-bit word that `state` is. */
#define BIT(path, member)                                        \
  do {                                                           \
    PyASCIIObject text;                                          \
    unsigned int word;                                           \
    memset(&text, 0, sizeof text);                               \
    text.state.member = 1;                                       \
    memcpy(&word, &text.state, sizeof word);                     \
    number(path, __builtin_ctz(word));                           \
  } while (0)

int main(void) {
  number("versionHex", PY_VERSION_HEX);
  number("wordSize", sizeof(void *));

  FIELD("runtime.interpretersHead", _PyRuntimeState, interpreters.head);
  FIELD("runtime.interpretersMain", _PyRuntimeState, interpreters.main);
#if !AT_LEAST(9)
  FIELD("runtime.gcCollecting", _PyRuntimeState, gc.collecting);
#else
  FIELD("interpreter.gcCollecting", PyInterpreterState, gc.collecting);
#endif

  FIELD("interpreter.next", PyInterpreterState, next);
  FIELD("interpreter.id", PyInterpreterState, id);
#if AT_LEAST(11)
  FIELD("interpreter.threadsHead", PyInterpreterState, threads.head);
#else
  FIELD("interpreter.threadsHead", PyInterpreterState, tstate_head);
#endif
#if AT_LEAST(12)
  FIELD("interpreter.modules", PyInterpreterState, imports.modules);
#else
  FIELD("interpreter.modules", PyInterpreterState, modules);
#endif

  FIELD("thread.previous", PyThreadState, prev);
  FIELD("thread.next", PyThreadState, next);
  FIELD("thread.interpreter", PyThreadState, interp);
  FIELD("thread.threadId", PyThreadState, thread_id);
#if AT_LEAST(13)
  FIELD("thread.frame", PyThreadState, current_frame);
#elif AT_LEAST(11)
  FIELD("thread.frame", PyThreadState, cframe);
  FIELD("thread.cframeCurrentFrame", _PyCFrame, current_frame);
#else
  FIELD("thread.frame", PyThreadState, frame);
#endif
#if AT_LEAST(11)
  FIELD("thread.nativeThreadId", PyThreadState, native_thread_id);
  FIELD("thread.dataStackChunk", PyThreadState, datastack_chunk);
#endif
#if AT_LEAST(13)
  FIELD("thread.localKey", PyThreadState, threading_local_key);
#else
  FIELD("thread.dict", PyThreadState, dict);
#endif

#if AT_LEAST(12)
  FIELD("gil.where.offset", PyInterpreterState, ceval.gil);
#else
  FIELD("gil.where.offset", _PyRuntimeState, ceval.gil);
#endif
  FIELD("gil.lastHolder", struct _gil_runtime_state, last_holder);
  FIELD("gil.locked", struct _gil_runtime_state, locked);
  number("gil.size", sizeof(struct _gil_runtime_state));

#if AT_LEAST(11)
  FIELD("frame.previous", _PyInterpreterFrame, previous);
#if AT_LEAST(13)
  FIELD("frame.code", _PyInterpreterFrame, f_executable);
  FIELD("frame.instruction", _PyInterpreterFrame, instr_ptr);
#else
  FIELD("frame.code", _PyInterpreterFrame, f_code);
  FIELD("frame.instruction", _PyInterpreterFrame, prev_instr);
#endif
  FIELD("frame.owner", _PyInterpreterFrame, owner);
  FIELD("frame.headerSize", _PyInterpreterFrame, localsplus);
  number("frame.generatorOwner", FRAME_OWNED_BY_GENERATOR);
#if AT_LEAST(14)
  number("frame.firstShimOwner", FRAME_OWNED_BY_INTERPRETER);
#elif AT_LEAST(12)
  number("frame.firstShimOwner", FRAME_OWNED_BY_CSTACK);
#endif
#if AT_LEAST(14) && defined(Py_GIL_DISABLED)
  FIELD("frame.threadLocalBytecodeIndex", _PyInterpreterFrame, tlbc_index);
  FIELD("code.threadLocalBytecode", PyCodeObject, co_tlbc);
#endif
#if AT_LEAST(14)
  /* Free-threaded 3.14 uses one bit only; alignment keeps the other out of addresses as well. */
  number("frame.codeTagMask", Py_TAG_BITS | 3);
#endif
  FIELD("frame.chunk.previous", _PyStackChunk, previous);
  FIELD("frame.chunk.size", _PyStackChunk, size);
  FIELD("frame.chunk.top", _PyStackChunk, top);
  FIELD("frame.chunk.data", _PyStackChunk, data);
#if AT_LEAST(14)
  FIELD("frame.valueStack.offset", _PyInterpreterFrame, stackpointer);
#else
  FIELD("frame.valueStack.offset", _PyInterpreterFrame, stacktop);
#endif
#else
  FIELD("frame.references", PyFrameObject, ob_base.ob_base.ob_refcnt);
  FIELD("frame.back", PyFrameObject, f_back);
  FIELD("frame.code", PyFrameObject, f_code);
  FIELD("frame.lastInstruction", PyFrameObject, f_lasti);
  number("frame.headerSize", offsetof(PyFrameObject, f_lasti) + sizeof(int));
  FIELD("frame.generator", PyFrameObject, f_gen);
  FIELD("frame.locals", PyFrameObject, f_localsplus);
#if AT_LEAST(10)
  FIELD("frame.valueStack.base", PyFrameObject, f_valuestack);
  FIELD("frame.valueStack.depth", PyFrameObject, f_stackdepth);
#else
  FIELD("frame.valueStack.offset", PyFrameObject, f_stacktop);
#endif
#endif

#if AT_LEAST(11)
  FIELD("generator.frame", PyGenObject, gi_iframe);
  FIELD("generator.state.offset", PyGenObject, gi_frame_state);
#else
  FIELD("generator.frame", PyGenObject, gi_frame);
#if AT_LEAST(10)
  FIELD("generator.state.offset", PyFrameObject, f_state);
#else
  FIELD("generator.state.offset", PyGenObject, gi_running);
#endif
#endif
#if AT_LEAST(10)
  number("generator.state.created", FRAME_CREATED);
  number("generator.state.suspended", FRAME_SUSPENDED);
  number("generator.state.running", FRAME_EXECUTING);
#else
  number("generator.state.running", 1);
#endif
#if AT_LEAST(10) && !AT_LEAST(11)
  number("generator.state.unwinding", FRAME_UNWINDING);
#endif
#if AT_LEAST(13)
  number("generator.state.awaiting", FRAME_SUSPENDED_YIELD_FROM);
#endif
#if AT_LEAST(15)
  number("generator.state.lastAwaiting", FRAME_SUSPENDED_YIELD_FROM_LOCKED);
#elif AT_LEAST(13)
  number("generator.state.lastAwaiting", FRAME_SUSPENDED_YIELD_FROM);
#endif

  FIELD("code.fileName", PyCodeObject, co_filename);
  FIELD("code.name", PyCodeObject, co_name);
  FIELD("code.firstLine", PyCodeObject, co_firstlineno);
#if AT_LEAST(10)
  FIELD("code.lineTable", PyCodeObject, co_linetable);
#else
  FIELD("code.lineTable", PyCodeObject, co_lnotab);
#endif
#if AT_LEAST(11)
  FIELD("code.qualifiedName", PyCodeObject, co_qualname);
  FIELD("code.adaptive", PyCodeObject, co_code_adaptive);
  FIELD("code.firstTraceable", PyCodeObject, _co_firsttraceable);
  FIELD("code.headerSize", PyCodeObject, co_code_adaptive);
#elif AT_LEAST(10)
  number("code.headerSize", offsetof(PyCodeObject, co_linetable) + sizeof(void *));
#else
  number("code.headerSize", offsetof(PyCodeObject, co_lnotab) + sizeof(void *));
#endif
#if AT_LEAST(11)
  FIELD("code.variables.names", PyCodeObject, co_localsplusnames);
  FIELD("code.variables.kinds", PyCodeObject, co_localspluskinds);
#else
  FIELD("code.instructions", PyCodeObject, co_code);
  FIELD("code.variables.names", PyCodeObject, co_varnames);
  FIELD("code.variables.cells", PyCodeObject, co_cellvars);
  FIELD("code.variables.free", PyCodeObject, co_freevars);
#endif

  FIELD("objects.type", PyObject, ob_type);
  FIELD("objects.typeName", PyTypeObject, tp_name);
  FIELD("objects.typeFlags", PyTypeObject, tp_flags);
  FIELD("objects.typeNext", PyTypeObject, tp_iternext);
  FIELD("objects.typeDictOffset", PyTypeObject, tp_dictoffset);
  FIELD("objects.typeBasicSize", PyTypeObject, tp_basicsize);
#if AT_LEAST(11)
  FIELD("objects.typeCachedKeys", PyHeapTypeObject, ht_cached_keys);
#endif
  FIELD("objects.bytes.size", PyVarObject, ob_size);
  FIELD("objects.bytes.data", PyBytesObject, ob_sval);
  FIELD("objects.unicode.length", PyASCIIObject, length);
  FIELD("objects.unicode.state", PyASCIIObject, state);
  number("objects.unicode.asciiData", sizeof(PyASCIIObject));
  number("objects.unicode.compactData", sizeof(PyCompactUnicodeObject));
  BIT("objects.unicode.kindShift", kind);
  BIT("objects.unicode.compactBit", compact);
  BIT("objects.unicode.asciiBit", ascii);
#if AT_LEAST(12)
  FIELD("objects.long.size", PyLongObject, long_value.lv_tag);
  FIELD("objects.long.digits", PyLongObject, long_value.ob_digit);
#else
  FIELD("objects.long.size", PyLongObject, ob_base.ob_size);
  FIELD("objects.long.digits", PyLongObject, ob_digit);
#endif
  number("objects.long.digitBits", PyLong_SHIFT);
  FIELD("objects.typeBase", PyTypeObject, tp_base);
  FIELD("objects.typeDict", PyTypeObject, tp_dict);
  FIELD("objects.typeMro", PyTypeObject, tp_mro);
  FIELD("objects.float.value", PyFloatObject, ob_fval);
  FIELD("objects.tuple.items", PyTupleObject, ob_item);
  FIELD("objects.list.items", PyListObject, ob_item);
  FIELD("objects.set.used", PySetObject, used);
  FIELD("objects.set.mask", PySetObject, mask);
  FIELD("objects.set.table", PySetObject, table);
  FIELD("objects.weakReference.object", PyWeakReference, wr_object);
  FIELD("objects.cell.value", PyCellObject, ob_ref);
  FIELD("objects.module.dict", PyModuleObject, md_dict);
  FIELD("objects.dict.used", PyDictObject, ma_used);
  FIELD("objects.dict.keys", PyDictObject, ma_keys);
  FIELD("objects.dict.values", PyDictObject, ma_values);
#if AT_LEAST(11)
  FIELD("objects.dictKeys.sizes.logSize", struct _dictkeysobject, dk_log2_size);
  FIELD("objects.dictKeys.sizes.logIndexBytes", struct _dictkeysobject, dk_log2_index_bytes);
  FIELD("objects.dictKeys.keysKind", struct _dictkeysobject, dk_kind);
#else
  FIELD("objects.dictKeys.sizes.size", struct _dictkeysobject, dk_size);
#endif
  FIELD("objects.dictKeys.entryCount", struct _dictkeysobject, dk_nentries);
  FIELD("objects.dictKeys.indices", struct _dictkeysobject, dk_indices);
#if AT_LEAST(13)
  number("objects.managedDict.dict", MANAGED_DICT_OFFSET);

#if AT_LEAST(14)
  static const _Py_DebugOffsets offsets = _Py_DebugOffsets_INIT(_Py_Debug_Cookie);
#else
  /* The initializer names functions of libpython: link with --unresolved-symbols=ignore-all. */
  static _PyRuntimeState runtime = _PyRuntimeState_INIT(runtime, _Py_Debug_Cookie);
#define offsets runtime.debug_offsets
#endif
  printf("debugOffsets ");
  for (size_t i = 0; i < sizeof offsets; i++) printf("%02x", ((const unsigned char *)&offsets)[i]);
  printf("\n");
#endif
  return 0;
}
