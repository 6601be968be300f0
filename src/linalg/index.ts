export { cholesky, choleskyBackSolve, choleskyInverse, choleskySolve, inverseFromFactor } from "./cholesky.ts";
export { fromRows, multiply, multiplyVector, sandwich, submatrix, toRows, transpose } from "./products.ts";
export { fromEigen, pseudoInverse, type SymmetricEigen, symmetricEigen, symmetricPower } from "./symmetric-eigen.ts";
export { dot, mean } from "./vectors.ts";
