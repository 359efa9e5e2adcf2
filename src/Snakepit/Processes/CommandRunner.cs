using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Snakepit.Python;

namespace Snakepit.Processes;

/// <summary>Runs a program without input and keeps the beginning of what it prints.</summary>
internal sealed class CommandRunner(TimeProvider time)
{
    private const int MaxCaptured = 64 * 1024;

    // What the program itself wrote is in the pipe when it has exited; only a descendant that holds the pipe open can make us wait longer.
    private static readonly TimeSpan s_drainTime = TimeSpan.FromSeconds(1);

    /// <summary>Runs to the end, or kills the program and its descendants after <paramref name="timeout"/>. Throws only when cancelled.</summary>
    public async Task<CommandOutput> RunAsync(string executable, IReadOnlyList<string> arguments, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using CancellationTokenSource deadline = new(timeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using Process process = new() { StartInfo = Describe(executable, arguments) };
        try
        {
#pragma warning disable RS0030 // This is the place that may.
            process.Start();
#pragma warning restore RS0030
        }
        catch (Win32Exception refused)
        {
            return new CommandOutput(CommandEnd.NotStarted, 0, "", new Win32Exception(refused.NativeErrorCode).Message);
        }
        process.StandardInput.Close();
        // Streams that were asked for are not the process's to close any more.
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

    /// <summary>Reads a stream to its end, so that the program never blocks on it, and keeps the first <see cref="MaxCaptured"/> characters.</summary>
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
                // The process was given up and its pipes were closed under us.
            }
        }
    }
}
