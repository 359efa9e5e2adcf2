using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>Starts workers as processes whose channels are pipes.</summary>
internal sealed class PipeLauncher : IWorkerLauncher
{
    private readonly Watcher _watcher = new();
    private readonly Launcher _launcher;

    public PipeLauncher(Func<ChildCommand> launcherCommand, Action<int> onLost) => _launcher = new Launcher(launcherCommand, _watcher, onLost);

    /// <summary>The launcher process's id; 0 before the first start.</summary>
    public int ProcessId => _launcher.Pid;

    public void Launch(WorkerLaunch launch, IWorkerEvents events)
    {
        var owned = new Stack<Descriptor>();
        T Keep<T>(T pair, Descriptor first, Descriptor second)
        {
            owned.Push(first);
            owned.Push(second);
            return pair;
        }

        try
        {
            var dataIn = Descriptor.CreatePipe(nonblockingWrite: true);
            Keep(dataIn, dataIn.Read, dataIn.Write);
            var dataOut = Descriptor.CreatePipe();
            Keep(dataOut, dataOut.Read, dataOut.Write);
            var output = Descriptor.CreatePipe(nonblockingRead: true);
            Keep(output, output.Read, output.Write);
            var control = Descriptor.CreateSocketPair();
            Keep(control, control.Ours, control.Theirs);
            owned.Clear();
            using (dataIn.Read)
            using (output.Write)
            using (control.Theirs)
            {
                var channel = new PipeChannel(launch, events, _watcher, new Outbox(_watcher, dataIn.Write, control.Ours), dataOut, output.Read, control.Ours);
                ReadOnlySpan<int> descriptors = [dataIn.Read.Number, dataOut.Write.Number, output.Write.Number, control.Theirs.Number];
                _launcher.Start(launch.Blueprint.Command!, descriptors, channel);
            }
        }
        catch (IOException e)
        {
            foreach (Descriptor descriptor in owned)
            {
                descriptor.Dispose();
            }
            events.OnFailed(new WorkerFailure("launch", e.Message));
            events.OnExited(default, []);
        }
    }

    public void Dispose()
    {
        _launcher.Dispose();
        _watcher.Dispose();
    }
}
