using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Snakepit.Runtime;

/// <summary>One run of a script: its start, work and stop, with the signals that cancel it and the errors that it reports.</summary>
internal sealed class ScriptRun(TextWriter errors) : IDisposable
{
    private const int Success = 0;
    private const int Failure = 1;

    private readonly CancellationTokenSource _cancelled = new();
    private readonly List<PosixSignalRegistration> _signals = [];

    /// <summary>Runs the script and returns the exit code. Throws nothing.</summary>
    public async Task<int> RunAsync(
        Action<SnakepitRuntimeBuilder> configure,
        Func<SnakepitRuntime, CancellationToken, Task> script,
        CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration outside = cancellationToken.UnsafeRegister(static run => ((ScriptRun)run!).Cancel(), this);
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            _signals.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
        try
        {
            SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(configure, _cancelled.Token).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable stop = runtime.ConfigureAwait(false);
            await script(runtime, _cancelled.Token).ConfigureAwait(false);
            return Success;
        }
        catch (OperationCanceledException) when (_cancelled.IsCancellationRequested)
        {
            Report("Cancelled.");
        }
        catch (ToolException e)
        {
            Report(e.Error.Traceback is { Length: > 0 } traceback ? $"{e.Message}\n{traceback}" : e.Message);
        }
        catch (SnakepitException e)
        {
            Report(e.Message);
        }
        catch (Exception e) // whatever the script throws is its failure
        {
            Report(e.ToString());
        }
        return Failure;
    }

    public void Dispose()
    {
        _signals.ForEach(static signal => signal.Dispose());
        _cancelled.Dispose();
    }

    /// <summary>The first signal cancels the script. The second one ends the process, as it does without a script.</summary>
    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = !_cancelled.IsCancellationRequested;
        Cancel();
    }

    private void Cancel() => _ = _cancelled.CancelAsync(); // handlers of the script's token must not hold up the signal

    private void Report(string problem)
    {
        try
        {
            errors.WriteLine(problem.TrimEnd());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Nobody reads the errors; the exit code still tells.
        }
    }
}
