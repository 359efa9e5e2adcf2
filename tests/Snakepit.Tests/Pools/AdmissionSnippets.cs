using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>The C# of docs/lifecycle.md.</summary>
public sealed class AdmissionSnippets
{
    [Fact]
    public async Task TryExecute_outcome_is_switched_on()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await using var snakepit = await SnakepitRuntime.StartAsync(
            s => s.UseFakeWorkers(new FakeWorkers().Add("add", r => r.Get<int>("a") + r.Get<int>("b"))).AddPool("text", p => p.Size = 1),
            cancel);
        IWorkerPool pool = snakepit.GetPool("text");
        string tenant = "acme";

        // snippet: try
        var urgent = new ToolCallOptions { Priority = 5, FairnessKey = tenant, Timeout = TimeSpan.FromSeconds(2) };
        CallResult<int> result = await pool.TryExecuteAsync<int>("add", ToolArguments.Named(("a", 40), ("b", 2)), urgent, cancel);
        string answer = result.Outcome switch
        {
            CallOutcome.Succeeded => $"the sum is {result.Value}",
            CallOutcome.Rejected => "too busy, try again later",
            CallOutcome.TimedOut or CallOutcome.WorkerLost => "no answer",
            _ => $"failed: {result.Error!.Message}",
        };
        // end snippet

        Assert.Equal("the sum is 42", answer);
    }
}
