using System.Runtime.InteropServices;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Cli;

/// <summary>What ends a command from outside, apart from Ctrl-C and SIGTERM, which the command line handles: a terminal that is closed, the
/// key for SIGQUIT, and a reader of the output that has left, as <c>head</c> does.</summary>
internal sealed class Interruption : IDisposable
{
    private const int Output = 1; // the descriptor

    private readonly CancellationTokenSource _ending;
    private readonly PosixSignalRegistration[] _signals;

    /// <param name="cancellationToken">Cancels the token, too.</param>
    public Interruption(CancellationToken cancellationToken)
    {
        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _signals = [.. new[] { PosixSignal.SIGHUP, PosixSignal.SIGQUIT }.Select(signal => PosixSignalRegistration.Create(signal, End))];
#pragma warning disable RS0030 // The output is that of the process.
        if (!OperatingSystem.IsWindows() && Console.IsOutputRedirected)
#pragma warning restore RS0030
        {
            new Thread(EndWithReader) { IsBackground = true, Name = "snakepit reader" }.Start();
        }
    }

    public CancellationToken Token => _ending.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
        {
            signal.Dispose();
        }
        // The reader may leave at any time, so that its thread may still use the source.
    }

    private void End(PosixSignalContext context)
    {
        context.Cancel = true;
        _ending.Cancel();
    }

    private void EndWithReader()
    {
        Descriptor.WaitUntilUnread(Output);
        _ending.Cancel();
    }
}
