namespace Snakepit.Hosting.Rules;

/// <summary>The interpreter is named once: a virtual environment brings its own.</summary>
internal sealed class InterpreterRule : IPoolOptionsRule
{
    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        if (options.Python is { Executable: { } executable, Environment: { } environment })
        {
            problems.Add(
                $"Pool '{pool}': Python.Executable is '{Shown.Text(executable)}' and Python.Environment is '{Shown.Text(environment)}'; a virtual environment has its own interpreter. "
                + "Set only one of Python.Executable and Python.Environment.");
        }
    }
}
