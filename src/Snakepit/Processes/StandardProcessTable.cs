using System.ComponentModel;
using System.Diagnostics;

namespace Snakepit.Processes;

/// <summary>The processes of the machine with the data that .NET has on every platform, which does not include their parents.</summary>
internal sealed class StandardProcessTable : IProcessTable
{
    /// <remarks>.NET has this number on Windows only.</remarks>
    public bool TellsPrivateMemory => OperatingSystem.IsWindows();

    public IProcessReader Open(int pid, bool isReadOften) => new Reader(pid);

    public void Scan(Action<ProcessFamily> visit)
    {
    }

    private sealed class Reader : IProcessReader
    {
        private readonly Lock _gate = new(); // several threads use the one process
        private readonly Process? _process;

        public Reader(int pid)
        {
            try
            {
                _process = Process.GetProcessById(pid);
                _ = _process.SafeHandle; // on Windows, an open handle keeps the id from being reused
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
            {
                // It has ended.
            }
        }

        public bool TryReadResident(out long bytes) => TryRead(static process => process.WorkingSet64, out bytes) && bytes > 0;

        public bool TryReadUsage(out ProcessUsage usage) =>
            TryRead(static process => new ProcessUsage(process.TotalProcessorTime, 0, process.Threads.Count), out usage);

        public bool TryReadNow(out long resident, out ProcessUsage? usage)
        {
            usage = TryReadUsage(out ProcessUsage read) ? read : null;
            return TryReadResident(out resident);
        }

        public long? ReadPrivate(bool isForked) =>
            OperatingSystem.IsWindows() && TryRead(static process => process.PrivateMemorySize64, out long bytes) ? bytes : null;

        public long ReadSwap() => 0;

        public bool HasChildren() => false;

        public void Dispose() => _process?.Dispose();

        private bool TryRead<T>(Func<Process, T> read, out T value)
            where T : struct
        {
            value = default;
            try
            {
                lock (_gate)
                {
                    _process?.Refresh();
                    if (_process is null || _process.HasExited)
                    {
                        return false;
                    }
                    value = read(_process);
                    return true;
                }
            }
            catch (Exception e) when (e is InvalidOperationException or Win32Exception or NotSupportedException)
            {
                return false; // the process has ended, or belongs to another user
            }
        }
    }
}
