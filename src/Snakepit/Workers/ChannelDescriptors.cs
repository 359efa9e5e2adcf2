using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>The two ends of a worker's channels. Disposing it closes the worker's ends; the host's ends belong to the channel.</summary>
internal sealed class ChannelDescriptors : IDisposable
{
    private readonly List<Descriptor> _theirs = new(4);
    private readonly List<IDisposable> _ours = new(4);

    private ChannelDescriptors()
    {
    }

    public DataPort Port { get; private set; } = null!;

    public Descriptor Output { get; private set; } = null!;

    public Descriptor Control { get; private set; } = null!;

    /// <summary>The shared page; null when there is none.</summary>
    public Scoreboard? Board { get; private init; }

    /// <summary>The descriptors for the worker: data in, data out, output, control and, if there is one, the page.</summary>
    public int[] Theirs { get; private set; } = [];

    /// <param name="portable">Uses sockets instead of pipes.</param>
    /// <param name="board">The shared page, owned by the new object; null for none.</param>
    /// <exception cref="IOException">There are not enough descriptors; those created so far are closed.</exception>
    public static ChannelDescriptors Create(bool portable, Scoreboard? board)
    {
        var made = new ChannelDescriptors { Board = board };
        try
        {
            (int dataIn, int dataOut) = portable ? made.MakeSocket() : made.MakePipes();
            (Descriptor output, Descriptor outputWriter) = Descriptor.CreatePipe(nonblockingRead: true);
            made.Output = made.Keep(output, outputWriter);
            (Descriptor ours, Descriptor theirs) = Descriptor.CreateSocketPair();
            made.Control = made.Keep(ours, theirs);
            made.Theirs = [dataIn, dataOut, outputWriter.Number, theirs.Number, .. board is null ? [] : new[] { board.Number }];
            return made;
        }
        catch (IOException)
        {
            made._ours.ForEach(static ours => ours.Dispose());
            board?.Dispose();
            made.Dispose();
            throw;
        }
    }

    public void Dispose() => _theirs.ForEach(static descriptor => descriptor.Dispose());

    private (int In, int Out) MakePipes()
    {
        (Descriptor dataInReader, Descriptor dataIn) = Descriptor.CreatePipe(nonblockingWrite: true);
        Keep(dataIn, dataInReader);
        (Descriptor dataOut, Descriptor dataOutWriter) = Descriptor.CreatePipe();
        Keep(dataOut, dataOutWriter);
        // Opened separately, so that its blocking mode does not affect the worker's end, which blocks.
        Descriptor waker = dataOutWriter.OpenAgainForWriting();
        _ours.Add(waker);
        Port = new PipePort(dataOut, waker, dataIn);
        return (dataInReader.Number, dataOutWriter.Number);
    }

    private (int In, int Out) MakeSocket()
    {
        (Descriptor ours, Descriptor theirs) = Descriptor.CreateSocketPair();
        Port = new SocketPort(Keep(ours, theirs));
        return (theirs.Number, theirs.Number);
    }

    private Descriptor Keep(Descriptor ours, Descriptor theirs)
    {
        _ours.Add(ours);
        _theirs.Add(theirs);
        return ours;
    }
}
