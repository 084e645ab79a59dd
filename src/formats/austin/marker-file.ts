/** In Austin's text every frame has a file: this one stands for what Lynceus has to say in a stack, like "(unproved)". */
export const markerFile = "<lynceus>";
