namespace Snakepit.Bench.Scenarios;

/// <summary>Keeps the evidence of calls that failed although nobody had killed their worker.</summary>
internal sealed class StormJudge(IWorkerPool pool, ChaosKiller killer, StormEvidence evidence)
{
    private static readonly TimeSpan s_hearsay = TimeSpan.FromMilliseconds(200);

    public async Task JudgeAsync(int call, Exception e)
    {
        if (WorkerOf(e) is { } worker)
        {
            await Task.Delay(s_hearsay, CancellationToken.None); // the killer may learn only now that its call ended the worker
            if (killer.HasKilled(worker))
            {
                return;
            }
        }
        evidence.Fail(pool, call, e);
    }

    private static WorkerId? WorkerOf(Exception e) => e switch
    {
        WorkerLostException lost => lost.Worker,
        SessionLostException lost => lost.Worker,
        _ => null,
    };
}
