import { StringInterner } from "../../base/interner.ts";
import type { MessageWriter } from "../protobuf/message-writer.ts";
import type { StringTable } from "../protobuf/numbering.ts";
import { AnyValueField, AttributeField, DictionaryField, ListField } from "./fields.ts";

export type AttributeValue = string | number | readonly string[];

/** An attribute that is written in place: of a resource. */
export function writeAttribute(writer: MessageWriter, field: number, key: string, value: AttributeValue): void {
  writer.message(field, (attribute) => {
    attribute.text(AttributeField.key, key);
    writeValue(attribute, value);
  });
}

function writeValue(attribute: MessageWriter, value: AttributeValue): void {
  attribute.message(AttributeField.value, (any) => {
    // What is in a choice of fields is there also when it is empty.
    if (typeof value === "string") any.item(AnyValueField.text, value);
    else if (typeof value === "number") any.uint(AnyValueField.number, value);
    else any.message(AnyValueField.list, (list) => value.forEach((text) => list.message(ListField.value, (one) => one.item(AnyValueField.text, text))));
  });
}

/** The attributes that samples and locations name by index. The first is none. */
export class AttributeTable {
  readonly #strings: StringTable;
  readonly #interner = new StringInterner();
  readonly #all: { readonly key: number; readonly value: AttributeValue }[] = [];

  constructor(strings: StringTable) {
    this.#strings = strings;
  }

  of(key: string, value: string | number): number {
    const index = this.#interner.intern(`${key} ${typeof value} ${value}`);
    if (index === this.#all.length) this.#all.push({ key: this.#strings.of(key), value });
    return index + 1;
  }

  write(dictionary: MessageWriter): void {
    dictionary.message(DictionaryField.attribute, () => {});
    for (const { key, value } of this.#all) {
      dictionary.message(DictionaryField.attribute, (attribute) => {
        attribute.uint(AttributeField.key, key);
        writeValue(attribute, value);
      });
    }
  }
}
