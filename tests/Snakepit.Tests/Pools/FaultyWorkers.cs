using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Workers;

namespace Snakepit.Tests.Pools;

/// <summary>Workers that run no calls, with a launcher and channels that throw once on demand.</summary>
internal sealed class FaultyWorkers : IWorkerStarter
{
    /// <summary>The next command of this kind throws.</summary>
    public EffectKind? Fault { get; set; }

    public void Launch(WorkerStart launch, IWorkerEvents events)
    {
        Meet(EffectKind.Launch);
        var worker = new RawWorker(launch.Id, events);
        worker.Posted = told =>
        {
            Meet(told.Kind);
            if (told.Kind == EffectKind.Stop)
            {
                ThreadPool.QueueUserWorkItem(_ => events.OnExited(new ChildExit(0, null), [])); // this thread holds the pool's lock
            }
        };
        worker.Killed = () =>
        {
            Meet(EffectKind.Kill);
            events.OnExited(new ChildExit(null, 9), []);
        };
        events.OnLaunched(worker);
        events.OnReady(new WorkerAbilities([]));
    }

    /// <summary>Whether zygotes never become ready.</summary>
    public bool ZygotesHang { get; set; }

    /// <summary>Whether the replacement of a zygote throws.</summary>
    public bool ZygotesThrow { get; set; }

    public void ReplaceZygote(WorkerBlueprint blueprint, Action onReplaced)
    {
        if (ZygotesThrow)
        {
            throw new InvalidOperationException("a planted defect");
        }
        if (!ZygotesHang)
        {
            onReplaced();
        }
    }

    public void Dispose()
    {
    }

    private void Meet(EffectKind kind)
    {
        if (Fault == kind)
        {
            Fault = null;
            throw new InvalidOperationException("a planted defect");
        }
    }
}
