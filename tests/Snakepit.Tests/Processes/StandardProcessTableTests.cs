using Snakepit.Processes;

namespace Snakepit.Tests.Processes;

public sealed class StandardProcessTableTests
{
    private readonly StandardProcessTable _table = new();

    [Fact]
    public void Open_tells_what_a_process_has_and_has_used()
    {
        using IProcessReader self = _table.Open(Environment.ProcessId, isReadOften: true);

        Assert.True(self.TryReadResident(out long resident));
        Assert.InRange(resident, 1 << 20, Environment.WorkingSet * 2);
        Assert.True(self.TryReadUsage(out ProcessUsage usage));
        Assert.InRange(usage.CpuTime, TimeSpan.FromTicks(1), TimeSpan.FromDays(1));
        Assert.Equal(_table.TellsPrivateMemory, self.ReadPrivate(isForked: false) is not null);
    }

    [Fact]
    public void Open_of_no_process_tells_nothing()
    {
        using IProcessReader nobody = _table.Open(int.MaxValue, isReadOften: false);

        Assert.False(nobody.TryReadResident(out _));
        Assert.False(nobody.TryReadUsage(out _));
        Assert.Null(nobody.ReadPrivate(isForked: false));
    }
}
