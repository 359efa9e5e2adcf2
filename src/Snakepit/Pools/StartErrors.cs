using System.Globalization;
using System.Text;
using Snakepit.Pools.Kernel;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>Creates the exceptions that say why workers could not start, or why the pool accepts no calls.</summary>
internal sealed class StartErrors(PoolContext pool)
{
    /// <summary>Returns the exception of a worker that did not become ready.</summary>
    public AdapterLoadException StartFailed(PoolWorker worker, Reason reason)
    {
        WorkerFailure? failure = worker.End.Failure;
        DeathReport? death = worker.End.Death;
        string why = failure is null ? "" : Shown.Text(failure.Message, Shown.LongestReason); // the rest of the message says what to do
        var text = new StringBuilder($"Worker {worker.Id} of pool '{pool.Name}' could not start");
        switch (failure?.Stage)
        {
            case "setup" or "thread_setup" or "device":
                text.Append(CultureInfo.InvariantCulture, $": {failure.Stage}() of adapter '{pool.Options.Adapter}' raised {why}");
                break;
            case "adapter":
                text.Append(CultureInfo.InvariantCulture, $": adapter '{pool.Options.Adapter}' cannot be loaded: {why}");
                if (failure.Error?.Is("ModuleNotFoundError") == true)
                {
                    text.Append(". Correct Adapter or Python.PythonPath, or install the module for the interpreter of the pool");
                }
                break;
            case { } stage:
                text.Append(CultureInfo.InvariantCulture, $" ({stage}): {why}");
                break;
            case null when reason == Reason.BootTimeout:
                text.Append($": not ready within Boot.Timeout ({Shown.Duration(pool.Options.Boot.Timeout)}); it was killed. ")
                    .Append($"Raise Boot.Timeout, or look for what adapter '{pool.Options.Adapter}' waits for at import or in setup().")
                    .Append(death?.Stacks is null ? "" : " It hung here:");
                break;
            default:
                string cause = death?.Description ?? worker.End.KilledBecause ?? "unknown cause";
                text.Append($": its process ended before it was ready ({cause}) while loading adapter '{pool.Options.Adapter}'.");
                break;
        }
        ErrorText.AppendEvidence(text, death);
        if (failure?.Error?.Traceback is { Length: > 0 } traceback)
        {
            text.Append('\n').Append(traceback.TrimEnd());
        }
        return new AdapterLoadException(text.ToString())
        {
            Pool = pool.Name, Adapter = pool.Options.Adapter, Error = failure?.Error, Report = death,
        };
    }

    /// <summary>Returns a copy for each caller, because a thrown exception has the stack trace of its thrower.</summary>
    public SnakepitException Copy(SnakepitException? failure) => failure switch
    {
        AdapterLoadException last => new AdapterLoadException(last.Message, last.InnerException)
        {
            Pool = last.Pool, Adapter = last.Adapter, Error = last.Error, Report = last.Report,
        },
        PythonNotFoundException last => new PythonNotFoundException(last.Message) { Tried = last.Tried, Remedy = last.Remedy },
        _ => new AdapterLoadException($"Pool '{pool.Name}' cannot start any worker.") { Pool = pool.Name, Adapter = pool.Options.Adapter },
    };

    public AdapterLoadException NotEnoughReady(int serving, int wanted, SnakepitException? failure)
    {
        string why = failure is null ? "" : $" The last start failed: {failure.Message.Split('\n')[0]}";
        return new AdapterLoadException(
            $"Pool '{pool.Name}': {serving} of {wanted} workers serve, and the others did not start within Boot.Timeout "
            + $"({Shown.Duration(pool.Options.Boot.Timeout)}) each and Restart.MaxBackoff "
            + $"({Shown.Duration(pool.Options.Restart.MaxBackoff)}). "
            + $"The pool keeps trying.{why}",
            failure)
        {
            Pool = pool.Name,
            Adapter = pool.Options.Adapter,
            Error = (failure as AdapterLoadException)?.Error,
            Report = (failure as AdapterLoadException)?.Report,
        };
    }

    /// <summary>Returns the exception of a pool that defects have ended for good.</summary>
    public AdapterLoadException GaveUp(Exception error, string how) =>
        new(
            $"Pool '{pool.Name}' accepts no calls: Snakepit itself failed in it {how} "
            + "The log has the traces; report them, and restart the host.",
            error)
        {
            Pool = pool.Name,
            Adapter = pool.Options.Adapter,
        };
}
