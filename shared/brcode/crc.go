package brcode

// CRC16 returns the CRC-16/CCITT-FALSE of the bytes of s: polynomial 0x1021,
// initial value 0xFFFF, no reflection, no final xor. Field 63 of a BR Code is this
// over everything before its value, its own id and length included.
func CRC16(s string) uint16 {
	crc := uint16(0xFFFF)
	for i := range len(s) {
		crc ^= uint16(s[i]) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}
