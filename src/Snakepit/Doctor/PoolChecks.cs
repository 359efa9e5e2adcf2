using System.Globalization;
using Snakepit.Processes;
using Snakepit.Python;

namespace Snakepit.Doctor;

/// <summary>Checks what one pool needs: its interpreter, its modules, its adapter, and libraries that are safe with its threads.</summary>
/// <param name="name">The pool's name.</param>
/// <param name="pool">The pool's options.</param>
/// <param name="options">The options of the examination.</param>
/// <param name="environmentName">The name of the host's environment; null without a host.</param>
internal sealed class PoolChecks(string name, PoolOptions pool, DoctorOptions options, string? environmentName)
{
    private const string Interpreter = "interpreter";
    private const string Parallelism = "parallelism";
    private const string Packages = "packages";
    private const string Modules = "modules";
    private const string Adapter = "adapter";
    private const string ThreadSafety = "thread-safety";

    private readonly CheckList _checks = new(name);

    /// <summary>Examines the pool. Throws only on cancellation.</summary>
    public async Task<PoolExamination> RunAsync(PythonTools tools, CancellationToken cancellationToken)
    {
        PythonInterpreter? python = await FindAsync(tools, cancellationToken).ConfigureAwait(false);
        if (python is null)
        {
            return SkipRest("There is no interpreter to ask.", Parallelism, Packages, Modules, Adapter, ThreadSafety);
        }
        string adapter;
        try
        {
            adapter = AdapterReference.Resolve(name, pool.Adapter, AdapterFolders.Find(environmentName, tools.Host.Variables));
        }
        catch (AdapterLoadException e)
        {
            _checks.Fail(Adapter, e.Message, "Correct Adapter.");
            return SkipRest("The adapter does not exist.", Parallelism, Packages, Modules, ThreadSafety) with
            {
                Python = python.Describe(),
            };
        }
        TimeSpan timeout = options.AdapterTimeout ?? pool.Boot.Timeout;
        AdapterExamination said =
            await AdapterExamination.RunAsync(tools, python, pool, adapter, options, timeout, cancellationToken).ConfigureAwait(false);
        InstalledPackages packages = InstalledPackages.Read(said.SearchPath);
        _checks.Run(Parallelism, check => CheckParallelism(check, said));
        _checks.Run(Packages, check => CheckPackages(check, said, packages));
        _checks.Run(Modules, check => CheckModules(check, said, python));
        _checks.Run(Adapter, check => CheckAdapter(check, said, timeout));
        _checks.Run(ThreadSafety, check => CheckThreadSafety(check, said));
        return new PoolExamination
        {
            Name = name,
            Checks = _checks.All,
            Python = said.HasGil is null
                ? python.Describe()
                : python.Describe() with { Packages = packages.Listed, PackageCount = packages.Count },
            Tools = said.Abilities?.Tools ?? [],
            Hazards = pool.Profile == WorkerProfile.Thread ? said.Hazards ?? [] : [],
        };
    }

    private async Task<PythonInterpreter?> FindAsync(PythonTools tools, CancellationToken cancellationToken)
    {
        try
        {
            PythonInterpreter? found = pool.Python.PrepareEnvironment
                ? await FindPreparedAsync(tools, cancellationToken).ConfigureAwait(false)
                : await tools.Locator.LocateAsync(pool.Python, name, cancellationToken).ConfigureAwait(false);
            if (found is not { } python)
            {
                _checks.Warn(
                    Interpreter, "The environment has not been prepared yet.",
                    "The start of the pool prepares it; PythonEnvironment.PrepareAsync does so ahead of time.");
                return null;
            }
            string passed = python.PassedOver.Count == 0 ? "" : $"; passed over: {string.Join("; ", python.PassedOver)}";
            _checks.Ok(Interpreter, $"{python.Describe()}{passed}.");
            return python;
        }
        catch (PythonNotFoundException e)
        {
            _checks.Fail(Interpreter, e.Tried.Count == 0 ? e.Message : string.Join("; ", e.Tried), e.Remedy);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _checks.Fail(Interpreter, Shown.Headline(e), "Correct the settings of Python.");
        }
        return null;
    }

    private async Task<PythonInterpreter?> FindPreparedAsync(PythonTools tools, CancellationToken cancellationToken)
    {
        var news = new PreparationNews(static _ => { }, static _ => { });
        PreparedEnvironment? prepared = await new EnvironmentPreparation(tools, pool.Python, name, news, TimeProvider.System)
            .FindAsync(cancellationToken).ConfigureAwait(false);
        prepared?.Use.Dispose();
        return prepared?.Python;
    }

    private PoolExamination SkipRest(string why, params string[] names)
    {
        foreach (string check in names)
        {
            _checks.Skip(check, why);
        }
        return new PoolExamination { Name = name, Checks = _checks.All };
    }

    private void CheckParallelism(string check, AdapterExamination said)
    {
        string calls = pool.Profile == WorkerProfile.Thread
            ? $"{pool.ThreadsPerWorker} threads in each worker"
            : "one call at a time in each worker";
        switch (said.HasGil)
        {
            case null:
                _checks.Fail(check, Say(said), "Run the interpreter by hand to see what is wrong with it.");
                break;
            case true:
                _checks.Ok(check, $"The interpreter has a global lock; {calls}.");
                break;
            default:
                _checks.Ok(check, $"The interpreter has no global lock: threads run Python code in parallel; {calls}.");
                break;
        }
    }

    private void CheckPackages(string check, AdapterExamination said, InstalledPackages packages)
    {
        if (said.HasGil is null)
        {
            _checks.Skip(check, "The interpreter did not say where it looks for packages.");
        }
        else
        {
            _checks.Ok(check, string.Create(CultureInfo.InvariantCulture, $"{packages.Count} packages are installed."));
        }
    }

    private void CheckModules(string check, AdapterExamination said, PythonInterpreter python)
    {
        if (said.Missing is null)
        {
            _checks.Skip(check, said.Failure?.Message ?? "The interpreter did not come to look for them.");
        }
        else if (said.Missing.Count == 0)
        {
            _checks.Ok(check, "Every module that is asked for can be found.");
        }
        else
        {
            string[] names = [.. said.Missing.Select(static one => one.Module.Split('.')[0]).Distinct()];
            _checks.Fail(
                check,
                "Modules cannot be found: "
                    + $"{string.Join(", ", said.Missing.Select(static one => $"{one.Module} (asked for by {one.Asker})"))}.",
                $"Install them for the pool's interpreter, as in `{python.Executable} -m pip install {string.Join(' ', names)}` "
                    + "(the name of a package may differ), or add their folder to Python.PythonPath.");
        }
    }

    private void CheckAdapter(string check, AdapterExamination said, TimeSpan timeout)
    {
        if (said.Abilities is { } abilities)
        {
            _checks.Ok(check, $"It offers {Shown.Names(abilities.Tools.Select(static tool => tool.Name))}.");
        }
        else if (said.Failure is { } failure)
        {
            _checks.Fail(check, failure.Message, Remedy(failure.Error));
        }
        else if (!options.LoadsAdapters)
        {
            _checks.Skip(check, "DoctorOptions.LoadsAdapters is false.");
        }
        else if (!said.IsLoading)
        {
            _checks.Skip(check, "The interpreter did not come to load it.");
        }
        else if (said.End is { End: CommandEnd.TimedOut })
        {
            _checks.Fail(
                check, $"It was not loaded within {Shown.Duration(timeout)}.{Complain(said)}",
                "Look for what it waits for at import, or raise Boot.Timeout.");
        }
        else
        {
            _checks.Fail(
                check, $"Loading it ended the process. {Say(said)}",
                "Look for what it does at import: sys.exit() in native code, a crash of an extension module, or too little memory.");
        }
    }

    private void CheckThreadSafety(string check, AdapterExamination said)
    {
        if (pool.Profile != WorkerProfile.Thread)
        {
            _checks.Skip(check, "Profile is Process: each worker runs one call at a time.");
        }
        else if (said.Hazards is null)
        {
            _checks.Skip(check, "The adapter was not loaded, so its libraries are not known.");
        }
        else if (said.Hazards.Count == 0)
        {
            _checks.Ok(check, "Nothing is known against threads of the libraries that the adapter imports.");
        }
        else
        {
            _checks.Warn(
                check,
                string.Join("; ", said.Hazards.Select(static one => $"{one.Library}: {one.Hazard} ({one.Source})")) + ".",
                string.Join("; ", said.Hazards.Select(static one => $"{one.Library}: {one.Remedy}")) + ".");
        }
    }

    private static string Remedy(ToolError? error) => error switch
    {
        null => "Correct the adapter.",
        _ when error.Is("ModuleNotFoundError") =>
            "Correct Adapter or Python.PythonPath, or install the module for the interpreter of the pool.",
        _ when error.Is("SyntaxError") => "Correct the line, or set Python.Version to what the adapter is written for.",
        _ when error.Is("snakepit.AdapterError") => "Change the adapter as the message says.",
        _ => "Correct what raises at import; the traceback is in the log of a start.",
    };

    private static string Say(AdapterExamination said) => said.End switch
    {
        { End: CommandEnd.NotStarted } end => $"The interpreter cannot be started: {end.Errors}",
        { End: CommandEnd.TimedOut } => "The interpreter did not answer in time.",
        { ExitCode: > 128 } end =>
            string.Create(CultureInfo.InvariantCulture, $"It was ended by signal {end.ExitCode - 128}.{Complain(said)}"),
        { } end => string.Create(CultureInfo.InvariantCulture, $"It ended with exit code {end.ExitCode}.{Complain(said)}"),
        _ => "The interpreter was not run.",
    };

    private static string Complain(AdapterExamination said) =>
        Complaint.Find(said.End?.Errors ?? "") is { } line ? $" It wrote: {line}" : "";
}
