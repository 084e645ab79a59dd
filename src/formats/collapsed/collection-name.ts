/** The last frame of a line where garbage was collected. */
export const collectionName = "(garbage collection)";
