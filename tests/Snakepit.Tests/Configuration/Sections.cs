using System.Text;
using Microsoft.Extensions.Configuration;

namespace Snakepit.Tests.Configuration;

/// <summary>Creates configuration sections from the text of an appsettings.json.</summary>
internal static class Sections
{
    public static IConfigurationSection Snakepit(string json) => Root($$"""{ "Snakepit": {{json}} }""").GetSection("Snakepit");

    public static IConfigurationRoot Root(string json) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();
}
