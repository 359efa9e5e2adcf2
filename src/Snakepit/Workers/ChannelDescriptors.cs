using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>The two ends of a worker's channels. Disposing it closes the worker's ends; ours belong to the channel.</summary>
internal sealed class ChannelDescriptors : IDisposable
{
    private readonly List<Descriptor> _theirs = new(3);

    public Descriptor DataIn { get; private set; } = null!;

    public Descriptor DataOut { get; private set; } = null!;

    /// <summary>The worker's own end of its reply pipe, kept open here too: a reader that waits can then be woken although its worker is gone.</summary>
    public Descriptor DataOutWriter { get; private set; } = null!;

    public Descriptor Output { get; private set; } = null!;

    public Descriptor Control { get; private set; } = null!;

    /// <summary>What the worker gets: data in, data out, output, control.</summary>
    public int[] Theirs => [_theirs[0].Number, DataOutWriter.Number, _theirs[1].Number, _theirs[2].Number];

    /// <exception cref="IOException">There are no descriptors left; those made so far are closed.</exception>
    public static ChannelDescriptors Create()
    {
        var made = new ChannelDescriptors();
        try
        {
            (Descriptor dataInReader, made.DataIn) = Descriptor.CreatePipe(nonblockingWrite: true);
            made._theirs.Add(dataInReader);
            (made.DataOut, made.DataOutWriter) = Descriptor.CreatePipe();
            (made.Output, Descriptor outputWriter) = Descriptor.CreatePipe(nonblockingRead: true);
            made._theirs.Add(outputWriter);
            (made.Control, Descriptor control) = Descriptor.CreateSocketPair();
            made._theirs.Add(control);
            return made;
        }
        catch (IOException)
        {
            foreach (Descriptor? ours in (Descriptor?[])[made.DataIn, made.DataOut, made.DataOutWriter, made.Output, made.Control])
            {
                ours?.Dispose();
            }
            made.Dispose();
            throw;
        }
    }

    public void Dispose() => _theirs.ForEach(static descriptor => descriptor.Dispose());
}
