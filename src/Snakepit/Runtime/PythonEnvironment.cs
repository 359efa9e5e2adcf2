using Snakepit.Python;

namespace Snakepit;

/// <summary>Prepares the environments of Python projects ahead of time, while an image is built for example. A pool with
/// <see cref="PythonOptions.PrepareEnvironment"/> does the same at its start.</summary>
public static class PythonEnvironment
{
    /// <summary>Creates the environment of a project and installs its packages, unless that was done before for the same files and
    /// interpreter. Another process that does so at the same time is waited for.</summary>
    /// <param name="options">The settings; <see cref="PythonOptions.Project"/> is required.</param>
    /// <param name="progress">Gets each command, and each line that the installer writes; null for nothing.</param>
    /// <param name="cancellationToken">Cancels the preparation. Nothing half-made is left.</param>
    /// <returns>The environment's interpreter.</returns>
    /// <exception cref="SnakepitConfigurationException"><see cref="PythonOptions.Project"/> is not set.</exception>
    /// <exception cref="PythonNotFoundException">The environment cannot be prepared; the message says why, and what to try.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<PythonDescription> PrepareAsync(
        PythonOptions options, IProgress<string>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.IsNullOrWhiteSpace(options.Project))
        {
            throw new SnakepitConfigurationException(
                "Python.Project is not set; an environment is prepared from a project's files. "
                    + "Set Python.Project to the project's folder.");
        }
        using var tools = new PythonTools(TimeProvider.System);
        Action<string> tell = progress is null ? static _ => { } : progress.Report;
        var preparation = new EnvironmentPreparation(tools, options, null, new PreparationNews(tell, tell), TimeProvider.System);
        PreparedEnvironment prepared = await preparation.RunAsync(cancellationToken).ConfigureAwait(false);
        prepared.Use.Dispose();
        return prepared.Python.Describe();
    }
}
