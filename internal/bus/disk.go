package bus

// DiskFree returns how many bytes this user may still write to the file system of a directory. The embedded bus refuses
// events when less than Options.MinFree are left there.
func DiskFree(dir string) (int64, error) { return diskFree(dir) }
