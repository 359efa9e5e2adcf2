using Snakepit.Pools;
using Snakepit.Processes;

namespace Snakepit.Tests.Pools;

/// <summary>Which ends of workers count against the pool's adapter.</summary>
[Trait("Rule", "L15")]
public sealed class FailureCausesTests
{
    private readonly FailureCauses _causes = new(new PoolClock(TimeProvider.System));

    [Fact]
    public void A_start_that_was_given_up_before_there_was_a_process_is_not_the_workers_own_failure() =>
        Assert.True(_causes.NoteOf(new EndRecord(), ChildExit.Never).IsForeign);

    [Fact]
    public void A_process_that_another_program_killed_is_not_the_workers_own_failure() =>
        Assert.True(_causes.NoteOf(new EndRecord(), new ChildExit(null, 9)).IsForeign);

    [Theory]
    [InlineData(1, null)]
    [InlineData(null, 11)]
    public void Any_other_end_is(int? exitCode, int? signal) =>
        Assert.False(_causes.NoteOf(new EndRecord(), new ChildExit(exitCode, signal)).IsForeign);

    [Fact]
    public void A_process_that_the_pool_killed_is() =>
        Assert.False(_causes.NoteOf(new EndRecord { KilledBecause = "it was too large" }, new ChildExit(null, 9)).IsForeign);

    [Fact]
    public void A_lost_launcher_and_a_start_that_was_given_up_are_different_causes() =>
        Assert.NotEqual(_causes.NoteOf(new EndRecord(), default).Cause, _causes.NoteOf(new EndRecord(), ChildExit.Never).Cause);
}
