namespace Snakepit.Tests.Pools;

/// <summary>Results that a substitute for a pool creates.</summary>
public sealed class CallResultTests
{
    [Fact]
    public void Success_has_a_value_and_no_error()
    {
        CallResult<int> result = CallResult.Success(42);

        Assert.Equal((true, CallOutcome.Succeeded, 42, null), (result.Succeeded, result.Outcome, result.GetValueOrThrow(), result.Error));
    }

    [Fact]
    public void Failure_throws_its_error()
    {
        var error = new PoolSaturatedException("full") { Pool = "text", Reason = SaturationReason.QueueFull };
        CallResult<int> result = CallResult.Failure<int>(CallOutcome.Rejected, error);

        Assert.Equal((false, CallOutcome.Rejected), (result.Succeeded, result.Outcome));
        Assert.Same(error, Assert.Throws<PoolSaturatedException>(() => result.GetValueOrThrow()));
        Assert.Throws<ArgumentException>(() => CallResult.Failure<int>(CallOutcome.Succeeded, error));
    }

    [Fact]
    public void Result_of_no_call_did_not_succeed()
    {
        CallResult<int> result = default;

        Assert.Equal((false, CallOutcome.Rejected, 0), (result.Succeeded, result.Outcome, result.Value));
        Assert.Contains("CallResult.Success", Assert.IsType<InvalidOperationException>(result.Error).Message);
        Assert.Throws<InvalidOperationException>(() => result.GetValueOrThrow());
    }
}
