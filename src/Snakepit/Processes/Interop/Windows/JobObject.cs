using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Snakepit.Processes.Interop.Windows;

/// <summary>
/// A process and all its descendants, which end together: on request, and when the last handle is closed. Windows closes it for a host that
/// dies.
/// </summary>
internal sealed unsafe partial class JobObject : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int ExtendedLimitInformation = 9;
    private const uint KillOnJobClose = 0x2000;

    private JobObject(nint handle)
        : base(ownsHandle: true) => SetHandle(handle);

    /// <exception cref="Win32Exception">Windows refuses.</exception>
    public static JobObject Create()
    {
        var job = new JobObject(CreateJobObjectW(0, 0));
        var limits = new ExtendedLimits { Basic = new BasicLimits { Flags = KillOnJobClose } };
        if (job.IsInvalid || !SetInformationJobObject(job, ExtendedLimitInformation, &limits, (uint)sizeof(ExtendedLimits)))
        {
            var refused = new Win32Exception(Marshal.GetLastPInvokeError());
            job.Dispose();
            throw refused;
        }
        return job;
    }

    /// <summary>Adds a process, and with it all its future descendants.</summary>
    /// <exception cref="Win32Exception">Windows refuses.</exception>
    public void Add(SafeProcessHandle process)
    {
        if (!AssignProcessToJobObject(this, process))
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    public void Terminate(int exitCode)
    {
        if (!IsClosed)
        {
            _ = TerminateJobObject(this, (uint)exitCode);
        }
    }

    protected override bool ReleaseHandle() => CloseHandle(handle);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial nint CreateJobObjectW(nint attributes, nint name);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SetInformationJobObject(JobObject job, int kind, ExtendedLimits* limits, uint size);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool AssignProcessToJobObject(JobObject job, SafeProcessHandle process);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool TerminateJobObject(JobObject job, uint exitCode);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CloseHandle(nint handle);

    /// <summary>JOBOBJECT_BASIC_LIMIT_INFORMATION.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct BasicLimits
    {
        public long ProcessTime;
        public long JobTime;
        public uint Flags;
        public nuint LeastWorkingSet;
        public nuint MostWorkingSet;
        public uint Processes;
        public nuint Affinity;
        public uint Priority;
        public uint Scheduling;
    }

    /// <summary>JOBOBJECT_EXTENDED_LIMIT_INFORMATION.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ExtendedLimits
    {
        public BasicLimits Basic;
        public ulong ReadOperations;
        public ulong WriteOperations;
        public ulong OtherOperations;
        public ulong BytesRead;
        public ulong BytesWritten;
        public ulong BytesOther;
        public nuint ProcessMemory;
        public nuint JobMemory;
        public nuint PeakProcessMemory;
        public nuint PeakJobMemory;
    }
}
