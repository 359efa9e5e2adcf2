using System.Buffers.Binary;
using Snakepit.Frames;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the host's side of the launcher with a process that only waits and messages from the test.</summary>
public sealed class LauncherTests : IntegrationTest
{
    // The process sends nothing and ends when the host closes its socket.
    private static readonly ChildCommand s_silent = new(["/bin/sh", "-c", "read line <&3"], new Dictionary<string, string>(), "");

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P5")]
    public async Task Loss_of_the_launcher_after_a_workers_end_still_tells_that_end()
    {
        Watcher watcher = Own(new Watcher(static error => TestContext.Current.SendDiagnosticMessage(error.ToString())));
        TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        LauncherClient launcher = Own(new LauncherClient(static () => s_silent, watcher, _ => lost.SetResult()));
        RecordingChild child = new();
        launcher.Start(s_silent, [], child);
        (Descriptor pidfd, Descriptor end) = Descriptor.CreatePipe();
        launcher.OnMessage(LauncherOp.Started, 1, Pid(4711), new Queue<Descriptor>([pidfd]));

        // As if the worker died, and then the launcher before it could report the end.
        end.Dispose();
        await child.Told.FirstAsync(static told => told == "started 4711");
        using Pidfd process = new(launcher.Pid);
        process.Kill();

        await lost.Task.WaitAsync(Cancellation);
        await child.Told.FirstAsync(static told => told.StartsWith("ended with its launcher process", StringComparison.Ordinal));
    }

    [Fact(Timeout = Bound)]
    public async Task Start_whose_pidfd_did_not_arrive_has_failed()
    {
        Watcher watcher = Own(new Watcher(static error => TestContext.Current.SendDiagnosticMessage(error.ToString())));
        LauncherClient launcher = Own(new LauncherClient(static () => s_silent, watcher, static _ => { }));
        RecordingChild child = new();
        launcher.Start(s_silent, [], child);

        // The kernel drops the descriptors for which a process has no room.
        launcher.OnMessage(LauncherOp.Started, 1, Pid(4711), new Queue<Descriptor>([new Descriptor(-1)]));

        Assert.StartsWith("failed", await child.Told.FirstAsync(static _ => true), StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P5")]
    public async Task Start_that_lost_its_pidfd_leaves_that_of_the_next_alone()
    {
        Watcher watcher = Own(new Watcher(static error => TestContext.Current.SendDiagnosticMessage(error.ToString())));
        LauncherClient launcher = Own(new LauncherClient(static () => s_silent, watcher, static _ => { }));
        (RecordingChild first, RecordingChild second) = (new(), new());
        launcher.Start(s_silent, [], first);
        launcher.Start(s_silent, [], second);
        (Descriptor pidfd, Descriptor end) = Descriptor.CreatePipe();
        Own(end);
        var arrived = new Queue<Descriptor>([pidfd]); // the kernel delivers both messages at once

        launcher.OnMessage(LauncherOp.Started, 1, Pid(4711, hasDescriptor: false), arrived);
        launcher.OnMessage(LauncherOp.Started, 2, Pid(4712), arrived);

        Assert.StartsWith("failed", await first.Told.FirstAsync(static _ => true), StringComparison.Ordinal);
        await second.Told.FirstAsync(static told => told == "started 4712");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    public async Task Loss_of_a_launcher_that_does_not_end_holds_nobody_up()
    {
        ChildCommand deaf = new(["/bin/sh", "-c", "exec 3<&-; exec /bin/sleep 600"], new Dictionary<string, string>(), "");
        Watcher watcher = Own(new Watcher(static error => TestContext.Current.SendDiagnosticMessage(error.ToString())));
        TaskCompletionSource<int> lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        LauncherClient launcher = Own(new LauncherClient(() => deaf, watcher, lost.SetResult));
        RecordingChild child = new();
        launcher.Start(s_silent, [], child);

        using Pidfd process = new(await lost.Task.WaitAsync(Cancellation)); // the watcher's thread has not waited for its end

        Assert.StartsWith("lost", await child.Told.FirstAsync(static _ => true), StringComparison.Ordinal);
        process.Kill(); // otherwise the end of this test would wait for it
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task Launcher_that_does_not_end_is_killed_after_its_bound()
    {
        // The process keeps the socket and never reads the message to end.
        ChildCommand stubborn = new(["/bin/sleep", "600"], new Dictionary<string, string>(), "");
        Watcher watcher = Own(new Watcher(static error => TestContext.Current.SendDiagnosticMessage(error.ToString())));
        LauncherClient launcher = Own(new LauncherClient(() => stubborn, watcher, static _ => { }) { EndPatienceMs = 100 });
        launcher.Start(s_silent, [], new RecordingChild());
        using Pidfd process = new(launcher.Pid);

        await Task.Run(launcher.Dispose, Cancellation).WaitAsync(Cancellation);

        await process.GoneAsync();
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    public async Task Launcher_that_cannot_be_held_on_to_is_killed_and_its_start_has_failed()
    {
        int pid = 0;
        TaskCompletionSource<Pidfd> held = new();
        Watcher watcher = Own(new Watcher(static error => TestContext.Current.SendDiagnosticMessage(error.ToString())));
        ChildCommand stubborn = new(["/bin/sleep", "600"], new Dictionary<string, string>(), "");
        LauncherClient launcher = Own(new LauncherClient(() => stubborn, watcher, static _ => { })
        {
            OpenPidfd = started =>
            {
                held.SetResult(new Pidfd(pid = started));
                return -1;
            },
        });
        RecordingChild child = new();

        await Task.Run(() => launcher.Start(s_silent, [], child), Cancellation).WaitAsync(Cancellation);

        Assert.StartsWith("failed: The launcher cannot be watched", Assert.Single(child.Told.All), StringComparison.Ordinal);
        using Pidfd process = await held.Task;
        await process.GoneAsync();
        Assert.False(Directory.Exists($"/proc/{pid}"), "it is a zombie");
        Assert.Equal(0, launcher.Pid);
    }

    [Fact(Timeout = Bound)]
    public void Start_of_a_launcher_that_does_not_exist_has_failed()
    {
        Watcher watcher = Own(new Watcher(static error => TestContext.Current.SendDiagnosticMessage(error.ToString())));
        ChildCommand missing = new(["/no/such/program"], new Dictionary<string, string>(), "");
        LauncherClient launcher = Own(new LauncherClient(() => missing, watcher, static _ => { }));
        RecordingChild child = new();

        launcher.Start(s_silent, [], child);

        Assert.Contains("/no/such/program", Assert.Single(child.Told.All), StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public void Start_after_the_launchers_end_has_failed()
    {
        Watcher watcher = Own(new Watcher(static error => TestContext.Current.SendDiagnosticMessage(error.ToString())));
        LauncherClient launcher = Own(new LauncherClient(static () => s_silent, watcher, static _ => { }));
        RecordingChild child = new();
        launcher.Dispose();

        launcher.Start(s_silent, [], child);

        Assert.StartsWith("failed", Assert.Single(child.Told.All), StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L1")]
    public void Start_that_cannot_be_watched_has_failed()
    {
        Watcher watcher = Own(new Watcher(static error => TestContext.Current.SendDiagnosticMessage(error.ToString())));
        LauncherClient launcher = Own(new LauncherClient(static () => s_silent, watcher, static _ => { }));
        RecordingChild child = new();
        launcher.Start(s_silent, [], child);
        (Descriptor pidfd, Descriptor end) = Descriptor.CreatePipe();
        Own(end);

        watcher.Dispose();
        launcher.OnMessage(LauncherOp.Started, 1, Pid(4711), new Queue<Descriptor>([pidfd]));

        Assert.StartsWith("failed", Assert.Single(child.Told.All), StringComparison.Ordinal);
        Assert.True(pidfd.IsClosed);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    [Trait("Rule", "L15")]
    public async Task Start_by_a_launcher_whose_end_was_not_seen_yet_is_lost_with_it()
    {
        Watcher watcher = Own(new Watcher(static error => TestContext.Current.SendDiagnosticMessage(error.ToString())));
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ManualResetEventSlim go = new();
        LauncherClient holder = Own(new LauncherClient(static () => s_silent, watcher, _ => Hold()));
        LauncherClient launcher = Own(new LauncherClient(static () => s_silent, watcher, static _ => { }));
        RecordingChild child = new();
        holder.Start(s_silent, [], new RecordingChild());
        launcher.Start(s_silent, [], new RecordingChild());
        using Pidfd first = new(holder.Pid);
        using Pidfd second = new(launcher.Pid);
        first.Kill();
        await held.Task.WaitAsync(Cancellation); // the watcher's thread is blocked from here on

        second.Kill();
        await second.GoneAsync();
        launcher.Start(s_silent, [], child);
        Assert.Empty(child.Told.All);
        go.Set();

        Assert.StartsWith("lost", await child.Told.FirstAsync(static _ => true), StringComparison.Ordinal);

        void Hold()
        {
            held.SetResult();
            go.Wait(Cancellation);
        }
    }

    /// <summary>Creates the payload of STARTED: the pid, and whether a descriptor comes along.</summary>
    private static byte[] Pid(int pid, bool hasDescriptor = true)
    {
        byte[] payload = new byte[5];
        payload[4] = (byte)(hasDescriptor ? 1 : 0);
        BinaryPrimitives.WriteInt32LittleEndian(payload, pid);
        return payload;
    }

    private sealed class RecordingChild : IChildEvents
    {
        public Recorder<string> Told { get; } = new();

        public void OnStarted(ChildProcess child) => Told.Add($"started {child.Pid}");

        public void OnFailed(string message, bool isLauncherLost = false) => Told.Add($"{(isLauncherLost ? "lost" : "failed")}: {message}");

        public void OnExited(ChildExit exit) => Told.Add(exit.ToString());
    }
}
