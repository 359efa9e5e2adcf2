using System.Text.Json;

namespace Snakepit.Python;

/// <summary>What <c>_probe.py</c> prints.</summary>
internal sealed record ProbeReport(int[]? Version, string? Executable, string? Implementation, string? CacheTag)
{
    /// <summary>Reads one line; null when it is no such report.</summary>
    public static ProbeReport? Parse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            return new ProbeReport([.. root.GetProperty("version").EnumerateArray().Select(static part => part.GetInt32())], Text(root, "executable"), Text(root, "implementation"), Text(root, "cache_tag"));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
