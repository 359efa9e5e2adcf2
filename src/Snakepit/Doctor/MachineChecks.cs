using System.Diagnostics;
using System.Globalization;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Workers;

namespace Snakepit.Doctor;

/// <summary>Checks what workers of all pools need from the system.</summary>
/// <param name="pools">The options of all pools.</param>
/// <param name="limits">The limits on this process, and the current use.</param>
/// <param name="live">The workers that are running already.</param>
/// <param name="read">Returns the text of a file, or null.</param>
internal sealed class MachineChecks(
    IReadOnlyDictionary<string, PoolOptions> pools, HostLimits limits, int live, Func<string, string?> read)
{
    private const string ClockSource = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

    // Of these, a program can read the time without a system call.
    private static readonly string[] s_fastClocks =
        ["tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter", "s390-tod", "timebase"];

    public void Run(CheckList checks, bool isLinux)
    {
        checks.Run("clock", name => Clock(checks, name));
        if (!isLinux)
        {
            foreach (string name in (string[])[
                "shared-memory", "pipes", "sockets", "open-files", "processes", "group-memory", "group-processes", "group-processors"])
            {
                checks.Skip(name, "This is examined on Linux only.");
            }
            return;
        }
        var check = new LimitCheck(pools, limits, live);
        var groups = new ControlGroups(read);
        checks.Run("shared-memory", name => SharedMemory(checks, name));
        checks.Run("pipes", name => Pipes(checks, name, check));
        checks.Run("sockets", name => Sockets(checks, name));
        checks.Run("open-files", name => Limit(checks, name, check.Descriptors(), check.DescriptorsInWords));
        checks.Run("processes", name => Limit(checks, name, check.Tasks(), check.TasksInWords));
        checks.Run("group-memory", name => groups.CheckMemory(name, checks, pools));
        checks.Run("group-processes", name => groups.CheckProcesses(name, checks, check.MoreTasks));
        checks.Run("group-processors", name => groups.CheckProcessors(name, checks, Environment.ProcessorCount));
    }

    private static void Limit(CheckList checks, string name, LimitProblem? problem, string otherwise)
    {
        if (problem is null)
        {
            checks.Ok(name, otherwise);
        }
        else
        {
            checks.Fail(name, problem.Found, problem.Remedy);
        }
    }

    private static void SharedMemory(CheckList checks, string name)
    {
        try
        {
            using var page = Scoreboard.Create();
            checks.Ok(name, "A page of memory can be shared with a worker.");
        }
        catch (IOException e)
        {
            checks.Warn(
                name, $"No page of memory can be shared with a worker: {e.Message}",
                "Allow memfd_create, mmap and membarrier in the sandbox. Without them, workers run, "
                    + "but a reply is lost if its worker dies.");
        }
    }

    private static void Pipes(CheckList checks, string name, LimitCheck check)
    {
        try
        {
            (Descriptor read, Descriptor write) = Descriptor.CreatePipe();
            using (read)
            using (write)
            {
                byte[] one = [1];
                Descriptor.Check(write.Write(one) == 1 && read.Read(one) == 1 ? 0 : -1, "write to a pipe");
            }
        }
        catch (IOException e)
        {
            checks.Fail(name, $"No pipe can be used: {e.Message}", "Raise the limit of open files (ulimit -n), or set Transport.Portable.");
            return;
        }
        if (check.HasSmallPipes)
        {
            checks.Warn(
                name,
                $"Pipes work, but they are small: those of the workers need {check.Pages} pages.",
                "Lower Size, or raise /proc/sys/fs/pipe-user-pages-soft: large messages take longer through small pipes.");
        }
        else
        {
            checks.Ok(name, "Pipes work, and are of full size.");
        }
    }

    private static void Sockets(CheckList checks, string name)
    {
        try
        {
            (Descriptor ours, Descriptor theirs) = Descriptor.CreateSocketPair();
            using (ours)
            using (theirs)
            {
                byte[] one = [1];
                Descriptor.Check(ours.Send(one) == 1 && theirs.Receive(one) == 1 ? 0 : -1, "send to a socket");
            }
            checks.Ok(name, "Unix sockets work.");
        }
        catch (IOException e)
        {
            checks.Fail(name, $"No Unix socket can be used: {e.Message}", "Allow socketpair in the sandbox.");
        }
    }

    private void Clock(CheckList checks, string name)
    {
        string resolution = string.Create(CultureInfo.InvariantCulture, $"{1e9 / Stopwatch.Frequency:0.##} ns");
        if (read(ClockSource)?.Trim() is not { Length: > 0 } source)
        {
            checks.Ok(name, $"The clock counts in steps of {resolution}.");
        }
        else if (s_fastClocks.Contains(source))
        {
            checks.Ok(name, $"The clock source is {source}, in steps of {resolution}.");
        }
        else
        {
            checks.Warn(
                name, $"The clock source is {source}: every reading is a system call, several for each call of a tool.",
                "Have the machine use tsc (the kernel's log says why it does not), or the clock of its hypervisor.");
        }
    }
}
