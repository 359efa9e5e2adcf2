using Snakepit.Pools.Kernel;
using Snakepit.Transport;
using Snakepit.Workers;

namespace Snakepit.Testing;

/// <summary>The host's side of a fake worker.</summary>
internal sealed class FakeChannel(FakeWorker worker) : IWorkerChannel
{
    public int ProcessId => worker.ProcessId;

    public bool CanRecall => worker.Pipelines;

    public void PostCall(CallKey call, Memory<byte> frame, int attempt, TimeSpan? remaining)
    {
        byte[] body = frame[Protocol.ExtendedHeaderSize..].ToArray();
        worker.Receive(() => worker.Take(call, body, attempt, remaining), call);
    }

    public void PostCancel(CallKey call) => worker.Receive(() => worker.Cancel(call));

    public void PostRecall() => worker.Recall();

    public void PostShutdown() => worker.Receive(worker.Shutdown);

    public void Flush() => worker.TakeTurn();

    public void Terminate() => worker.Terminate();

    public void Kill() => worker.Kill();
}
