using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>The two ends of a worker's channels. Disposing it closes the worker's ends; ours belong to the channel.</summary>
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

    /// <summary>What the worker gets: data in, data out, output, control and, if there is one, the page.</summary>
    public int[] Theirs { get; private set; } = [];

    /// <param name="portable">Sockets for pipes.</param>
    /// <param name="board">The shared page, which belongs to this from now on; null for none.</param>
    /// <exception cref="IOException">There are no descriptors left; those made so far are closed.</exception>
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
        Descriptor waker = dataOutWriter.OpenAgainForWriting(); // whether it blocks is no matter of the worker, whose end blocks
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
