using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Tests.Processes;

/// <summary>The limits of this machine for the user that runs the tests. The integration tests cover users of all kinds.</summary>
[Trait("Rule", "P2")]
public sealed class HostLimitsTests
{
    private readonly HostLimits _limits = HostLimits.Read();

    [Fact]
    public void Read_counts_descriptors_below_their_limit()
    {
        using (FileStream one = File.OpenRead("/dev/null"))
        {
            Assert.InRange(HostLimits.Read().OpenDescriptors, 4, (int)Math.Min(_limits.Descriptors, int.MaxValue));
        }
    }

    [Fact]
    public void Read_counts_this_users_tasks_with_those_of_this_process_and_no_more_than_there_are()
    {
        int own = Directory.GetDirectories("/proc/self/task").Length;

        Assert.InRange(_limits.CountUserTasks(), own / 2, _limits.AllTasks * 2); // other threads start and end meanwhile
    }

    [Fact]
    public void Read_measures_a_pipe_as_a_new_one_is()
    {
        (Descriptor read, Descriptor write) = Descriptor.CreatePipe();
        using (read)
        using (write)
        {
            Assert.Equal(read.PipeSize(), _limits.PipeSize);
        }
    }
}
