using System.IO.Hashing;
using System.Text;
using System.Text.RegularExpressions;
using Snakepit.Processes;

namespace Snakepit.Python;

/// <summary>
/// Prepares the environment of a project: creates it and installs its packages, unless that was done before. It is made aside and becomes
/// visible when it is complete, so a crash leaves nothing half-used.
/// </summary>
/// <param name="tools">What runs interpreters.</param>
/// <param name="options">The pool's settings.</param>
/// <param name="pool">The pool's name, for messages; null without one.</param>
/// <param name="news">Gets the steps.</param>
/// <param name="time">The clock.</param>
internal sealed partial class EnvironmentPreparation(
    PythonTools tools, PythonOptions options, string? pool, PreparationNews news, TimeProvider time)
{
    private static readonly string[] s_temporary = ["TMPDIR", "TEMP", "TMP"];
    private static readonly Version s_pipForOthers = new(22, 3); // the first with --python
    private static readonly TimeSpan s_pipTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_lockPause = TimeSpan.FromMilliseconds(200);

    private readonly string _project = Path.GetFullPath(options.Project!);

    /// <summary>
    /// Returns the folder of a project's environments, in the user's cache. The project's own .venv is never touched.
    /// </summary>
    /// <exception cref="IOException">There is no cache folder, or somebody else can write it.</exception>
    public static string FolderOf(IHostSystem host, string project) => new CacheFolder(host).Locate(
        "snakepit", "environments", Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(project))));

    /// <summary>Returns the environment if it is complete already; null otherwise. Installs nothing.</summary>
    /// <exception cref="PythonNotFoundException">The project has no files to prepare one from, or there is no interpreter.</exception>
    public async Task<PreparedEnvironment?> FindAsync(CancellationToken cancellationToken)
    {
        (_, EnvironmentInputs inputs, EnvironmentStore store, _) = await PlanAsync(cancellationToken).ConfigureAwait(false);
        return store.TryUse(inputs.Stamp) is { } use ? await DescribeAsync(use, cancellationToken).ConfigureAwait(false) : null;
    }

    /// <summary>Returns the environment, prepared by this process or another one.</summary>
    /// <exception cref="PythonNotFoundException">It cannot be prepared. The message says why and what to try, in one line.</exception>
    public async Task<PreparedEnvironment> RunAsync(CancellationToken cancellationToken)
    {
        (PythonInterpreter python, EnvironmentInputs inputs, EnvironmentStore store, string? uv) =
            await PlanAsync(cancellationToken).ConfigureAwait(false);
        using var deadline = new CancellationTokenSource(options.PrepareTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            EnvironmentUse use = await GetAsync(store, inputs, python, uv, either.Token).ConfigureAwait(false);
            return await DescribeAsync(use, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(
                $"it was not ready within Python.PrepareTimeout ({Shown.Duration(options.PrepareTimeout)}).",
                "Raise Python.PrepareTimeout.");
        }
    }

    private async Task<(PythonInterpreter Python, EnvironmentInputs Inputs, EnvironmentStore Store, string? Uv)> PlanAsync(
        CancellationToken cancellationToken)
    {
        PythonInterpreter python = await tools.Locator
            .LocateAsync(new PythonOptions { Version = options.Version }, pool, cancellationToken).ConfigureAwait(false);
        string? uv = InterpreterSearch.OnPath("PATH", "uv", Variables(), tools.Host)
            .FirstOrDefault(static found => found.Problem is null)?.Path;
        try
        {
            EnvironmentInputs inputs = EnvironmentInputs.Read(_project, python, uv is not null)
                ?? throw Failed(
                    EnvironmentInputs.FolderInPlace(_project) is { } name
                        ? $"its {name} is a folder."
                        : "the folder has no uv.lock, requirements.txt or pyproject.toml.",
                    "Correct the setting Python.Project.");
            return inputs.Source == EnvironmentSource.UvLock && uv is null
                ? throw Failed(
                    "its uv.lock needs uv, which is not on PATH.",
                    "Install uv, or write the packages down for pip, as `uv export --format requirements-txt -o requirements.txt` does, "
                        + "and remove uv.lock.")
                : (python, inputs, new EnvironmentStore(FolderOf(tools.Host, _project), time), uv);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e.Message, "Set the environment variable SNAKEPIT_CACHE to a folder that only this user can write.");
        }
    }

    private async Task<EnvironmentUse> GetAsync(
        EnvironmentStore store, EnvironmentInputs inputs, PythonInterpreter python, string? uv, CancellationToken cancellationToken)
    {
        bool hasTold = false;
        while (true)
        {
            if (store.TryUse(inputs.Stamp) is { } use)
            {
                return use;
            }
            using (IDisposable? held = store.TryLock())
            {
                if (held is not null)
                {
                    if (store.TryUse(inputs.Stamp) is { } prepared)
                    {
                        return prepared; // by a host that had the lock before
                    }
                    await MakeAsync(store, inputs, python, uv, cancellationToken).ConfigureAwait(false);
                    continue;
                }
            }
            if (!hasTold)
            {
                hasTold = true;
                news.Step($"waiting for another process that prepares an environment of {_project}");
            }
            await Task.Delay(s_lockPause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task MakeAsync(
        EnvironmentStore store, EnvironmentInputs inputs, PythonInterpreter python, string? uv, CancellationToken cancellationToken)
    {
        string folder = store.NewFolder(inputs.Stamp);
        bool isComplete = false;
        try
        {
            Directory.CreateDirectory(ScratchOf(folder));
            if (uv is null)
            {
                await InstallWithPipAsync(inputs, python, folder, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await InstallWithUvAsync(inputs, python, uv, folder, cancellationToken).ConfigureAwait(false);
            }
            store.Complete(inputs.Stamp, folder);
            isComplete = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e.Message, "Free space on the disk, or set SNAKEPIT_CACHE to another folder.");
        }
        finally
        {
            if (!isComplete)
            {
                EnvironmentStore.TryDelete(folder);
            }
            EnvironmentStore.TryDelete(ScratchOf(folder));
            store.Tidy();
        }
    }

    private async Task InstallWithPipAsync(
        EnvironmentInputs inputs, PythonInterpreter python, string folder, CancellationToken cancellationToken)
    {
        bool hasPip = await HasPipAsync(python, cancellationToken).ConfigureAwait(false);
        string[] create = [python.Executable, "-m", "venv", .. hasPip ? ["--without-pip"] : Array.Empty<string>(), folder];
        await StepAsync(python, folder, create, cancellationToken).ConfigureAwait(false);
        string installer = hasPip ? python.Executable : PythonIn(folder);
        string[] install =
        [
            installer, "-m", "pip", .. hasPip ? ["--python", PythonIn(folder)] : Array.Empty<string>(),
            "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off",
        ];
        if (inputs.Source == EnvironmentSource.Requirements)
        {
            await StepAsync(python, folder, [.. install, "-r", "requirements.txt"], cancellationToken).ConfigureAwait(false);
            return;
        }
        var dependencies = new List<string>();
        string[] read = BootCommand.Dependencies(installer, tools.Package, "pyproject.toml");
        await StepAsync(python, folder, read, cancellationToken, dependencies.Add).ConfigureAwait(false);
        if (dependencies.Count > 0)
        {
            await StepAsync(python, folder, [.. install, .. dependencies], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Returns whether the interpreter has a pip that installs for others. To put a pip into every environment takes seconds, and Debian
    /// has what does so in a package of its own.
    /// </summary>
    private async Task<bool> HasPipAsync(PythonInterpreter python, CancellationToken cancellationToken)
    {
        CommandOutput output = await tools.Host.RunAsync(
            new CommandRequest(python.Executable, ["-m", "pip", "--version"], s_pipTimeout) { Variables = Variables() }, cancellationToken)
            .ConfigureAwait(false);
        return output is { End: CommandEnd.Exited, ExitCode: 0 }
            && output.Output.Split(' ') is ["pip", var version, ..]
            && Version.TryParse(version, out Version? found)
            && found >= s_pipForOthers;
    }

    private async Task InstallWithUvAsync(
        EnvironmentInputs inputs, PythonInterpreter python, string uv, string folder, CancellationToken cancellationToken)
    {
        await StepAsync(python, folder, [uv, "venv", "--python", python.Executable, folder], cancellationToken).ConfigureAwait(false);
        string[] install = inputs.Source switch
        {
            EnvironmentSource.UvLock => [uv, "sync", "--frozen", "--no-dev", "--no-install-project"],
            EnvironmentSource.Requirements => [uv, "pip", "install", "--python", PythonIn(folder), "-r", "requirements.txt"],
            _ => [uv, "pip", "install", "--python", PythonIn(folder), "-r", "pyproject.toml"],
        };
        await StepAsync(python, folder, install, cancellationToken, isUv: true).ConfigureAwait(false);
    }

    /// <summary>Runs one command in the project's folder, for the environment in the other one.</summary>
    /// <exception cref="PythonNotFoundException">It failed.</exception>
    private async Task StepAsync(
        PythonInterpreter python, string folder, string[] command, CancellationToken cancellationToken, Action<string>? onOutput = null,
        bool isUv = false)
    {
        string shown = InWords(command);
        news.Step(shown);
        var lines = new TailOfOutput(news.Line);
        Dictionary<string, string> variables = Variables(ScratchOf(folder));
        if (isUv)
        {
            (variables["VIRTUAL_ENV"], variables["UV_PROJECT_ENVIRONMENT"]) = (folder, folder);
        }
        var request = new CommandRequest(command[0], command[1..], Timeout.InfiniteTimeSpan)
        {
            Folder = _project,
            Variables = variables,
            OnOutput = onOutput ?? lines.Take,
            OnErrors = lines.Take,
        };
        CommandOutput output = await tools.RunAsync(python, request, cancellationToken).ConfigureAwait(false);
        if (output is not { End: CommandEnd.Exited, ExitCode: 0 })
        {
            InstallProblem problem = output.End == CommandEnd.NotStarted
                ? new InstallProblem($"{command[0]} cannot be started: {output.Errors}.", "")
                : InstallProblem.Explain(lines.All);
            throw Failed(problem.Problem, $"{problem.Remedy} To see more, try: cd {_project} && {shown}");
        }
    }

    private async Task<PreparedEnvironment> DescribeAsync(EnvironmentUse use, CancellationToken cancellationToken)
    {
        try
        {
            PythonInterpreter python = await tools.Locator
                .LocateAsync(new PythonOptions { Environment = use.Folder }, pool, cancellationToken).ConfigureAwait(false);
            return new PreparedEnvironment(python with { Origin = "Python.PrepareEnvironment" }, use);
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    private PythonNotFoundException Failed(string problem, string remedy)
    {
        string text = $"The environment of {_project} {(pool is null ? "" : $"for pool '{pool}' ")}cannot be prepared: {problem}";
        return new PythonNotFoundException($"{text} {remedy}") { Tried = [text], Remedy = remedy };
    }

    /// <param name="scratch">The folder for temporary files, unless the options name another one; null for the usual one.</param>
    private Dictionary<string, string> Variables(string? scratch = null)
    {
        var variables = new Dictionary<string, string>(
            tools.Host.Variables, tools.Host.Platform == HostPlatform.Windows ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (string name in scratch is null ? [] : s_temporary)
        {
            variables[name] = scratch!;
        }
        foreach ((string name, string? value) in options.Variables)
        {
            if (value is null)
            {
                variables.Remove(name);
            }
            else
            {
                variables[name] = value;
            }
        }
        variables.Remove("PYTHONHOME"); // it would lead to another interpreter's library
        return variables;
    }

    /// <summary>
    /// Returns the folder for the temporary files of an environment that is being made. An installer that is killed leaves them, and next
    /// to the environment they are deleted with what is unfinished.
    /// </summary>
    private static string ScratchOf(string folder) => folder + ".tmp";

    private string PythonIn(string folder) =>
        Path.Combine(folder, tools.Host.Platform == HostPlatform.Windows ? "Scripts\\python.exe" : "bin/python");

    /// <summary>Returns a command as a shell takes it, without the passwords in addresses.</summary>
    private static string InWords(string[] command) => Credentials().Replace(
        string.Join(' ', command.Select(static part => part.Length > 0 && part.All(IsPlain)
            ? part
            : $"'{part.Replace("'", "'\\''", StringComparison.Ordinal)}'")),
        "://****@");

    [GeneratedRegex(@"://[^/@\s]+@")]
    private static partial Regex Credentials();

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || "-_./=:+,@%\\".Contains(c, StringComparison.Ordinal);
}

/// <summary>An environment that is complete.</summary>
/// <param name="Python">Its interpreter.</param>
/// <param name="Use">Keeps it from being deleted.</param>
internal sealed record PreparedEnvironment(PythonInterpreter Python, EnvironmentUse Use);
