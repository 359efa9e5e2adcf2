using System.Text.Json;

namespace Snakepit.Values;

/// <summary>Finds names that a JSON object has twice, of which all but one would be ignored.</summary>
internal static class DoubledName
{
    /// <summary>Returns such a name; null when there is none.</summary>
    public static string? In(JsonElement named, StringComparer? comparer = null) => named.EnumerateObject()
        .GroupBy(static member => member.Name, comparer).FirstOrDefault(static same => same.Skip(1).Any())?.Key;
}
