namespace Snakepit.Hosting.Rules;

/// <summary>Every entry of the module path is a folder's name: to Python an empty one means whatever the working directory is.</summary>
internal sealed class PythonPathRule : IPoolOptionsRule
{
    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        if (options.Python.PythonPath.Any(string.IsNullOrWhiteSpace))
        {
            string entries = Shown.Text(string.Join("', '", options.Python.PythonPath), Shown.LongestReason / 2);
            problems.Add(
                $"Pool '{pool}': Python.PythonPath has an empty entry in '{entries}'; each must name a folder. "
                + "Remove the entry from Python.PythonPath, or write '.' for the working directory.");
        }
    }
}
