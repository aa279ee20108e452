import '../../../process.ts'
