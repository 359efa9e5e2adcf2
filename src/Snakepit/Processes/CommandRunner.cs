using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Snakepit.Processes;

/// <summary>Runs a program without input and keeps the beginning of its output.</summary>
internal sealed class CommandRunner(TimeProvider time)
{
    private const int MaxCaptured = 64 * 1024;

    // The program's own output is in the pipe when it exits. Only a descendant that holds the pipe open can make the runner wait longer.
    private static readonly TimeSpan s_drainTime = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Runs the program to its end, or kills it and its descendants after <paramref name="timeout"/>. Throws only on cancellation.
    /// </summary>
    public async Task<CommandOutput> RunAsync(
        string executable, IReadOnlyList<string> arguments, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using CancellationTokenSource deadline = new(timeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using Process process = new() { StartInfo = Describe(executable, arguments) };
        try
        {
#pragma warning disable RS0030 // the only place that may start processes this way
            process.Start();
#pragma warning restore RS0030
        }
        catch (Win32Exception refused)
        {
            return new CommandOutput(CommandEnd.NotStarted, 0, "", new Win32Exception(refused.NativeErrorCode).Message);
        }
        process.StandardInput.Close();
        // A process does not close streams that its owner has taken.
        using StreamReader standardOutput = process.StandardOutput;
        using StreamReader standardError = process.StandardError;
        Capture output = new(standardOutput);
        Capture errors = new(standardError);
        try
        {
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            return new CommandOutput(CommandEnd.TimedOut, 0, output.Text, errors.Text);
        }
        await Task.WhenAll(output.End, errors.End).WaitAsync(s_drainTime, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return new CommandOutput(CommandEnd.Exited, process.ExitCode, output.Text, errors.Text);
    }

    private static ProcessStartInfo Describe(string executable, IReadOnlyList<string> arguments) => new(executable, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        StandardOutputEncoding = Encoding.UTF8,
        StandardErrorEncoding = Encoding.UTF8,
        UseShellExecute = false,
        CreateNoWindow = true,
    };

    /// <summary>
    /// Reads a stream to its end, so that the program never blocks on it, and keeps the first <see cref="MaxCaptured"/> characters.
    /// </summary>
    private sealed class Capture
    {
        private readonly Lock _gate = new();
        private readonly StringBuilder _text = new();

        public Capture(StreamReader reader) => End = ReadAsync(reader);

        public Task End { get; }

        public string Text
        {
            get
            {
                lock (_gate)
                {
                    return _text.ToString();
                }
            }
        }

        private async Task ReadAsync(StreamReader reader)
        {
            char[] buffer = new char[4096];
            try
            {
                int count;
                while ((count = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0)
                {
                    lock (_gate)
                    {
                        _text.Append(buffer, 0, Math.Min(count, MaxCaptured - _text.Length));
                    }
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The runner gave up the process and closed its pipes.
            }
        }
    }
}
