using System.Runtime.InteropServices;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>A process that the test observes, which need not be its child.</summary>
internal sealed unsafe class Pidfd : IDisposable
{
    private const int BoundMs = 30_000;
    private readonly Descriptor _descriptor;

    public Pidfd(int pid)
    {
        Pid = pid;
        _descriptor = new Descriptor(Libc.PidfdOpen(pid));
        Assert.False(_descriptor.IsInvalid, $"Process {pid} does not exist: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    public int Pid { get; }

    /// <summary>Kills a process that may have ended meanwhile.</summary>
    public static void TryKill(int pid)
    {
        using var process = new Descriptor(Libc.PidfdOpen(pid));
        if (!process.IsInvalid)
        {
            _ = Libc.PidfdSendSignal(process.Number, Libc.SigKill);
        }
    }

    public void Kill(int signal = Libc.SigKill) => Assert.Equal(0, Libc.PidfdSendSignal(_descriptor.Number, signal));

    /// <summary>Waits in the kernel until the process has ended.</summary>
    public Task GoneAsync() => Task.Factory.StartNew(
        () =>
        {
            var poll = new Libc.PollDescriptor { Descriptor = _descriptor.Number, Events = Libc.PollIn };
            int ready;
            do
            {
                ready = Libc.poll(&poll, 1, BoundMs);
            }
            while (ready < 0); // a signal interrupted the wait
            Assert.True(ready == 1, $"Process {Pid} still runs.");
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose() => _descriptor.Dispose();
}
