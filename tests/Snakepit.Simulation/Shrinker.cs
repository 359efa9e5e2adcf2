namespace Snakepit.Simulation;

/// <summary>Makes a failing schedule shorter by leaving out ever smaller parts of it (delta debugging).</summary>
internal static class Shrinker
{
    private const int MaxRuns = 2_000;

    /// <param name="operations">A failing schedule.</param>
    /// <param name="fails">Tells whether a shorter schedule still fails in the same way.</param>
    public static List<SimOperation> Shrink(List<SimOperation> operations, Func<List<SimOperation>, bool> fails)
    {
        int runs = 0;
        int part = Math.Max(1, operations.Count / 2);
        while (runs < MaxRuns)
        {
            bool shorter = false;
            for (int start = 0; start < operations.Count && runs < MaxRuns; runs++)
            {
                List<SimOperation> rest = [.. operations[..start], .. operations[Math.Min(operations.Count, start + part)..]];
                if (fails(rest))
                {
                    operations = rest;
                    shorter = true;
                }
                else
                {
                    start += part;
                }
            }
            if (!shorter && part == 1)
            {
                break;
            }
            part = shorter ? part : part / 2;
            part = Math.Clamp(part, 1, Math.Max(1, operations.Count));
        }
        return operations;
    }
}
