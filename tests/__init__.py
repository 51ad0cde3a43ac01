from tests.bytecode import keep_bytecode

keep_bytecode()
