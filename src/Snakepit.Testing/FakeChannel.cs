using Snakepit.Frames;
using Snakepit.Workers;

namespace Snakepit.Testing;

/// <summary>The host's side of a fake worker.</summary>
internal sealed class FakeChannel(FakeWorker worker) : IWorkerChannel
{
    public int ProcessId => worker.Pid;

    public bool CanRecall => worker.Pipelines;

    public void PostCall(in OutgoingCall call)
    {
        OutgoingCall copy = call with { Frame = call.Frame[Protocol.ExtendedHeaderSize..].ToArray() };
        worker.Receive(() => worker.Take(copy), call.Key);
    }

    public void PostFrame(CallKey call, byte[] frame) => worker.Receive(() => worker.Take(call, frame));

    public void PostCancel(CallKey call, bool interrupts) => worker.Receive(() => worker.Cancel(call));

    public void PostRecall() => worker.Recall();

    public void PostPing() => worker.Receive(() => worker.Tell(static events => events.OnPong()));

    public void PostCollect() => worker.Receive(() => worker.Tell(static events => events.OnCollected()));

    public void PostSessionEnd(ulong session, bool isMoved)
    {
        // Fake tools keep no state by session.
    }

    public void PostShutdown() => worker.Receive(worker.Shutdown);

    public void Flush() => worker.TakeTurn();

    public void Terminate() => worker.Signal(FakeWorker.SigTerm);

    public void Kill() => worker.Signal(FakeWorker.SigKill);
}
