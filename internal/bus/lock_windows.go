package bus

import (
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// dirLock keeps a directory for one process: a file that is open and shared with nobody.
type dirLock struct{ handle windows.Handle }

func lockDir(dir string) (*dirLock, error) {
	name, err := windows.UTF16PtrFromString(filepath.Join(dir, lockName))
	if err != nil {
		return nil, fmt.Errorf("open the lock file: %w", err)
	}
	h, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil,
		windows.OPEN_ALWAYS, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
		return nil, inUse(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open the lock file: %w", err)
	}
	return &dirLock{handle: h}, nil
}

func (l *dirLock) release() error { return windows.CloseHandle(l.handle) }

// diskFree is how many bytes this user may still write to dir's file system.
func diskFree(dir string) (int64, error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, fmt.Errorf("look at the free disk space: %w", err)
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, fmt.Errorf("look at the free disk space: %w", err)
	}
	return int64(free), nil
}
