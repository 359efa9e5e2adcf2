using System.Text.Json;

namespace Snakepit.Python;

/// <summary>The output of <c>_probe.py</c>.</summary>
internal sealed record ProbeReport(int[]? Version, string? Executable, string? Implementation, string? CacheTag, bool IsFreeThreaded)
{
    /// <summary>Parses one line; returns null when it is no report.</summary>
    public static ProbeReport? Parse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            return new ProbeReport(
                [.. root.GetProperty("version").EnumerateArray().Select(static part => part.GetInt32())],
                Text(root, "executable"),
                Text(root, "implementation"),
                Text(root, "cache_tag"),
                root.TryGetProperty("free_threaded", out JsonElement free) && free.ValueKind == JsonValueKind.True);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
