using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Snakepit.AspNetCore.Tests.Fixture;

/// <summary>Sends requests, and reads JSON answers with their status.</summary>
internal static class Answers
{
    public static async Task<(HttpStatusCode Status, JsonElement Body)> GetAnswerAsync(this HttpClient client, string path) =>
        await ReadAsync(await client.GetAsync(path, TestContext.Current.CancellationToken));

    public static async Task<(HttpStatusCode Status, JsonElement Body)> OrderAsync(
        this HttpClient client, string path, object? order = null) =>
        await ReadAsync(await client.PostAsJsonAsync(path, order ?? new { }, TestContext.Current.CancellationToken));

    private static async Task<(HttpStatusCode Status, JsonElement Body)> ReadAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            return (answer.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
        }
    }
}
