namespace Snakepit;

/// <summary>Finds the names that a mistyped name may stand for.</summary>
internal static class NearName
{
    private const int MostSuggestions = 3;

    /// <summary>
    /// Returns <c> Did you mean 'text'?</c> with its leading space, or nothing when no candidate is similar. Ignores case.
    /// </summary>
    public static string Suggest(string name, IEnumerable<string> candidates)
    {
        int nearest = MostWrong(name);
        var near = new List<string>();
        foreach (string candidate in candidates.Where(candidate => IsComparable(name, candidate)))
        {
            int distance = Distance(name, candidate);
            if (distance > nearest)
            {
                continue;
            }
            if (distance < nearest)
            {
                near.Clear();
                nearest = distance;
            }
            near.Add(candidate);
        }
        return near.Count == 0 ? "" : Ask(near.Take(MostSuggestions));
    }

    /// <summary>Returns whether a user who wrote <paramref name="candidate"/> may have meant <paramref name="name"/>.</summary>
    public static bool IsNear(string name, string candidate) =>
        IsComparable(name, candidate) && Distance(name, candidate) <= MostWrong(name);

    /// <summary>Returns the question that suggests <paramref name="names"/>.</summary>
    public static string Ask(IEnumerable<string> names) =>
        $" Did you mean {string.Join(" or ", names.Select(static name => $"'{name}'"))}?";

    /// <summary>Returns the number of letters to insert, delete, replace or swap with a neighbour.</summary>
    public static int Distance(string left, string right)
    {
        int[,] cost = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++)
        {
            for (int j = 0; j <= right.Length; j++)
            {
                cost[i, j] = i == 0 || j == 0 ? i + j : Cheapest(cost, left, right, i, j);
            }
        }
        return cost[left.Length, right.Length];
    }

    /// <summary>Returns whether both are short enough for names: the distance of long texts would take long to compute.</summary>
    private static bool IsComparable(string name, string candidate) =>
        name.Length <= Shown.LongestName && candidate.Length <= 2 * Shown.LongestName;

    /// <summary>Returns a third of the letters, rounded up: one in three, two in four.</summary>
    private static int MostWrong(string name) => (name.Length + 2) / 3;

    private static int Cheapest(int[,] cost, string left, string right, int i, int j)
    {
        int change = cost[i - 1, j - 1] + (Same(left[i - 1], right[j - 1]) ? 0 : 1);
        int best = Math.Min(change, 1 + Math.Min(cost[i - 1, j], cost[i, j - 1]));
        bool swapped = i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]);
        return swapped ? Math.Min(best, 1 + cost[i - 2, j - 2]) : best;
    }

    private static bool Same(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
