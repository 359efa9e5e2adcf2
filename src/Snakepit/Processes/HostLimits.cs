using System.Globalization;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>What this process and its user may have of what workers take, and have of it now. What cannot be found out is unlimited.</summary>
internal sealed record HostLimits
{
    public const ulong Unlimited = ulong.MaxValue;
    private const int Root = 0;

    /// <summary>File descriptors that this process may have.</summary>
    public ulong Descriptors { get; init; } = Unlimited;

    public int OpenDescriptors { get; init; }

    /// <summary>Processes and threads that this user may have.</summary>
    public ulong Tasks { get; init; } = Unlimited;

    /// <summary>Those of all users: cheap to know, and never fewer than this user's.</summary>
    public int AllTasks { get; init; }

    /// <summary>Counts this user's, which reads a file of every process.</summary>
    public Func<int> CountUserTasks { get; init; } = static () => 0;

    /// <summary>Pages that the pipes of this user may take together before new ones are made small.</summary>
    public ulong PipePages { get; init; } = Unlimited;

    /// <summary>The bytes that a new pipe holds now.</summary>
    public int PipeSize { get; init; } = int.MaxValue;

    /// <summary>The bytes that a pipe holds which is made small.</summary>
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
            // The kernel asks for a capability or for root itself here, but only for a capability below.
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

    /// <summary>The load's fourth field: tasks that run, and those that there are.</summary>
    private static int ReadAllTasks() =>
        TryRead("/proc/loadavg")?.Split(' ') is [_, _, _, var tasks, ..] && int.TryParse(tasks.AsSpan(tasks.IndexOf('/') + 1), CultureInfo.InvariantCulture, out int all)
            ? all
            : int.MaxValue;

    /// <summary>0 is no limit here.</summary>
    private static ulong ReadPipePages() =>
        ulong.TryParse(TryRead("/proc/sys/fs/pipe-user-pages-soft"), CultureInfo.InvariantCulture, out ulong pages) && pages > 0 ? pages : Unlimited;

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
            return int.MaxValue; // too few descriptors, which is another matter
        }
    }

    private static int CountTasks(uint user) => Directory.EnumerateDirectories("/proc")
        .Select(static folder => Path.GetFileName(folder))
        .Where(static name => char.IsAsciiDigit(name[0]))
        .Select(ReadStatus)
        .Where(status => status.RealUser == user)
        .Sum(static status => status.Threads);

    /// <summary>Without threads when the process has just ended.</summary>
    private static ProcessStatus ReadStatus(string process) => ProcessStatus.Parse(TryRead($"/proc/{process}/status") ?? "");

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
