namespace Snakepit.Tests.Resilience;

/// <summary>The default of IsTransient, for exceptions whose creator did not set it.</summary>
public sealed class TransienceTests
{
    [Fact]
    public void A_lost_worker_may_have_run_the_call_unless_somebody_says_otherwise()
    {
        Assert.Equal((CallExecution.MayHaveRun, false), Of(new WorkerLostException("gone")));
        Assert.Equal((CallExecution.NotStarted, true), Of(new WorkerLostException("gone") { Execution = CallExecution.NotStarted }));

        static (CallExecution, bool) Of(WorkerLostException error) => (error.Execution, error.IsTransient);
    }

    [Fact]
    public void A_call_that_timed_out_may_have_run_unless_somebody_says_otherwise()
    {
        Assert.Equal((CallExecution.MayHaveRun, false), Of(new CallTimeoutException("late")));
        Assert.Equal((CallExecution.NotStarted, true), Of(new CallTimeoutException("late") { Execution = CallExecution.NotStarted }));

        static (CallExecution, bool) Of(CallTimeoutException error) => (error.Execution, error.IsTransient);
    }
}
