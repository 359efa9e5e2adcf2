using System.Globalization;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>The limits on this process and its user that concern workers, and the current use. Unknown limits count as unlimited.</summary>
internal sealed record HostLimits
{
    public const ulong Unlimited = ulong.MaxValue;
    private const int Root = 0;

    /// <summary>The file descriptors that this process may open.</summary>
    public ulong Descriptors { get; init; } = Unlimited;

    public int OpenDescriptors { get; init; }

    /// <summary>The processes and threads that this user may have.</summary>
    public ulong Tasks { get; init; } = Unlimited;

    /// <summary>The processes and threads of all users: cheap to read, and never fewer than this user's.</summary>
    public int AllTasks { get; init; }

    /// <summary>Counts the processes and threads of this user, which reads a file of every process.</summary>
    public Func<int> CountUserTasks { get; init; } = static () => 0;

    /// <summary>The pages that this user's pipes may take together before the system makes new pipes small.</summary>
    public ulong PipePages { get; init; } = Unlimited;

    /// <summary>The bytes that a new pipe can hold now.</summary>
    public int PipeSize { get; init; } = int.MaxValue;

    /// <summary>The bytes that a pipe of reduced size can hold.</summary>
    public int SmallPipeSize { get; init; } = 2 * Environment.SystemPageSize;

    public static HostLimits Read()
    {
        if (!OperatingSystem.IsLinux())
        {
            return new HostLimits();
        }
        ProcessStatus self = ReadStatus("self");
        return new HostLimits
        {
            Descriptors = ReadLimit(Libc.RlimitNofile),
            OpenDescriptors = Directory.GetFileSystemEntries("/proc/self/fd").Length,
            // Root is exempt from this limit. Only a capability exempts from the one on pipes below.
            Tasks = self.RealUser == Root || self.IsPrivileged ? Unlimited : ReadLimit(Libc.RlimitNproc),
            AllTasks = ReadAllTasks(),
            CountUserTasks = () => CountTasks(self.RealUser),
            PipePages = self.IsPrivileged ? Unlimited : ReadPipePages(),
            PipeSize = MeasurePipe(),
        };
    }

    private static unsafe ulong ReadLimit(int resource)
    {
        Libc.ResourceLimit limit;
        return Libc.getrlimit(resource, &limit) == 0 ? limit.Soft : Unlimited;
    }

    /// <summary>Returns the second number of the fourth field of loadavg: all processes and threads.</summary>
    private static int ReadAllTasks() =>
        SystemFile.TryRead("/proc/loadavg")?.Split(' ') is [_, _, _, var tasks, ..]
            && int.TryParse(tasks.AsSpan(tasks.IndexOf('/') + 1), CultureInfo.InvariantCulture, out int all)
            ? all
            : int.MaxValue;

    /// <summary>Returns the soft limit of pipe pages, where 0 means no limit.</summary>
    private static ulong ReadPipePages() =>
        ulong.TryParse(SystemFile.TryRead("/proc/sys/fs/pipe-user-pages-soft"), CultureInfo.InvariantCulture, out ulong pages) && pages > 0
            ? pages
            : Unlimited;

    private static int MeasurePipe()
    {
        try
        {
            (Descriptor read, Descriptor write) = Descriptor.CreatePipe();
            using (read)
            using (write)
            {
                return read.PipeSize();
            }
        }
        catch (IOException)
        {
            return int.MaxValue; // too few descriptors, which another check reports
        }
    }

    private static int CountTasks(uint user) => Directory.EnumerateDirectories("/proc")
        .Select(static folder => Path.GetFileName(folder))
        .Where(static name => char.IsAsciiDigit(name[0]))
        .Select(ReadStatus)
        .Where(status => status.RealUser == user)
        .Sum(static status => status.Threads);

    /// <summary>Returns the status of a process; one without threads when the process has just ended.</summary>
    private static ProcessStatus ReadStatus(string process) => ProcessStatus.Parse(SystemFile.TryRead($"/proc/{process}/status") ?? "");
}
