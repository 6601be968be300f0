/** Units worked on together: a column of a block is so many numbers. */
export const BLOCK = 64;
