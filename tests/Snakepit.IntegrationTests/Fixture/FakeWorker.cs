using System.Text;
using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Values;
using Snakepit.Workers;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>A worker played by the test, which holds the far ends of a channel's pipes, writes anything and decides when it ends.</summary>
internal sealed class FakeWorker : IDisposable
{
    private const int MaxMessage = 8 * 1024 * 1024;
    private readonly Watcher _watcher = new(static error => TestContext.Current.SendDiagnosticMessage(error.ToString()));
    private readonly LauncherClient _launcher;
    private readonly Descriptor _pidfd;
    private readonly Descriptor _pidfdWriter;
    private readonly Descriptor _input;
    private readonly Descriptor _output;
    private readonly Descriptor _standardOutput;
    private readonly Descriptor _control;
    private readonly ReaderThreads _threads;
    private bool _exited;

    /// <param name="watched">False when nothing can be watched from the start.</param>
    /// <param name="portable">True for sockets instead of pipes.</param>
    /// <param name="ownThread">False for a reader that shares its thread.</param>
    /// <param name="paged">True for a worker with a shared page.</param>
    public FakeWorker(bool watched = true, bool portable = false, bool ownThread = true, bool paged = false)
    {
        _threads = new ReaderThreads(static error => TestContext.Current.SendDiagnosticMessage(error.ToString()), ownThread ? 32 : 0);
        _launcher = new LauncherClient(static () => throw new InvalidOperationException("Nothing is launched."), _watcher, static _ => { });
        (_pidfd, _pidfdWriter) = Descriptor.CreatePipe();
        using ChannelDescriptors descriptors = ChannelDescriptors.Create(portable, paged ? Scoreboard.Create() : null);
        int[] theirs = descriptors.Theirs;
        (_input, _output, _standardOutput, _control) = (Copy(theirs[0]), Copy(theirs[1]), Copy(theirs[2]), Copy(theirs[3]));
        Page = paged ? new FakePage(theirs[4]) : null;
        var blueprint = new WorkerBlueprint
        {
            Adapter = "fake",
            PythonPath = [],
            MaxMessage = MaxMessage,
            Unserializable = UnserializableDetail.Type,
            ReprMaxLength = 500,
            Codec = new JsonValueCodec(),
        };
        var launch = new WorkerStart(new WorkerId("it", 0, 1), blueprint);
        Channel = new PipeChannel(launch, Events, _watcher, _watcher, _threads, descriptors, TimeProvider.System);
        if (!watched)
        {
            StopWatching();
        }
        Process.OnStarted(new ChildProcess(_launcher, 1, 0, _pidfd, Process));
    }

    public RecordingEvents Events { get; } = new();

    public PipeChannel Channel { get; }

    /// <summary>The worker's view of the page.</summary>
    public FakePage? Page { get; }

    private IChildEvents Process => Channel;

    private static Descriptor Copy(int number) => new(Libc.fcntl(number, Libc.FDupfdCloexec, 3));

    /// <summary>Lets every later attempt to watch something fail, as when the system's limits are reached.</summary>
    public void StopWatching() => _watcher.Dispose();

    /// <summary>Sends HELLO and READY, and waits for the channel's report. No other thread writes to the channel after that.</summary>
    public void GetReady()
    {
        ReadOnlySpan<byte> hello = Page is null ? "{\"protocol\":[1,1]}"u8 : "{\"protocol\":[1,1],\"features\":[\"page\"]}"u8;
        Send(FrameWriter.Frame(FrameType.Hello, hello));
        ReceiveFrame(FrameType.Init);
        Send(FrameWriter.Frame(FrameType.Ready, "{\"tools\":[]}"u8));
        Events.ToldAsync("ready").Wait(TestContext.Current.CancellationToken);
    }

    /// <summary>Creates the frame of a call that is not sent yet: a body of the given size, and room for the header.</summary>
    public static Memory<byte> CallFrame(int bodyLength)
    {
        byte[] frame = new byte[Protocol.ExtendedHeaderSize + bodyLength];
        for (int i = Protocol.ExtendedHeaderSize; i < frame.Length; i++)
        {
            frame[i] = (byte)(i * 31);
        }
        return frame;
    }

    public void Post(CallKey call, int bodyLength = 16)
    {
        Channel.PostCall(new OutgoingCall(call, new RecordingSink(), CallFrame(bodyLength)));
        Channel.Flush();
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int written = _output.Write(bytes);
            Assert.InRange(written, 1, bytes.Length);
            bytes = bytes[written..];
        }
    }

    public void SendControl(ReadOnlySpan<byte> bytes) => Assert.Equal(bytes.Length, _control.Send(bytes));

    public static byte[] Result(CallKey call, uint seq, string body)
    {
        byte[] frame = [.. new byte[Protocol.ExtendedHeaderSize], .. Encoding.UTF8.GetBytes(body)];
        new FrameHeader(frame.Length, FrameType.Result, call.Value, seq, Protocol.ExtendedHeaderSize).Write(frame);
        return frame;
    }

    public static byte[] HostCall(CallKey call, uint seq, byte number)
    {
        byte[] frame = Result(call, seq, "");
        frame[FrameHeader.TypeOffset] = (byte)FrameType.HostCall;
        frame[Protocol.HeaderSize] = number;
        return frame;
    }

    public static byte[] Skipped(CallKey call, uint seq)
    {
        byte[] frame = Result(call, seq, "");
        frame[4] = (byte)FrameType.Skipped;
        return frame;
    }

    public void Recall()
    {
        Channel.PostRecall();
        Channel.Flush();
    }

    public byte[] Receive(int count)
    {
        byte[] bytes = new byte[count];
        for (int filled = 0; filled < count;)
        {
            int read = _input.Read(bytes.AsSpan(filled));
            Assert.InRange(read, 1, count);
            filled += read;
        }
        return bytes;
    }

    public byte[] ReceiveFrame(FrameType type)
    {
        byte[] start = Receive(Protocol.HeaderSize);
        FrameHeader header = FrameHeader.Read(start, MaxMessage);
        Assert.Equal(type, header.Type);
        return [.. start, .. Receive(header.Length - start.Length)];
    }

    /// <summary>Receives the next frame on the control channel.</summary>
    public FrameHeader ReceiveControl()
    {
        byte[] frame = new byte[Protocol.HeaderSize];
        Assert.Equal(frame.Length, _control.Read(frame));
        return FrameHeader.Read(frame, 0);
    }

    /// <summary>Waits for the end of the worker's input. True when the host has closed it.</summary>
    public bool InputHasEnded() => _input.Read(new byte[1]) == 0;

    /// <summary>Reads the input to its end and returns the number of bytes.</summary>
    public int ReadToEnd()
    {
        byte[] buffer = new byte[64 * 1024];
        int total = 0;
        for (int read = _input.Read(buffer); read > 0; read = _input.Read(buffer))
        {
            total += read;
        }
        return total;
    }

    public void Exit(ChildExit exit)
    {
        _exited = true;
        Process.OnExited(exit);
    }

    public void Dispose()
    {
        if (!_exited)
        {
            Exit(new ChildExit(0, null));
        }
        Events.Ended.Wait(TestContext.Current.CancellationToken);
        Array.ForEach([_input, _output, _standardOutput, _control, _pidfd, _pidfdWriter], static descriptor => descriptor.Dispose());
        Page?.Dispose();
        _launcher.Dispose();
        _watcher.Dispose();
        _threads.Dispose();
    }
}
