using System.Text;
using Microsoft.Extensions.Configuration;

namespace Snakepit.Tests.Configuration;

/// <summary>A configuration whose text a test changes, as an edit of appsettings.json does.</summary>
internal sealed class ChangingSource : ConfigurationProvider, IConfigurationSource
{
    public ChangingSource(string json)
    {
        Write(json);
        Root = new ConfigurationBuilder().Add(this).Build();
    }

    public IConfigurationRoot Root { get; }

    public IConfigurationSection Snakepit => Root.GetSection("Snakepit");

    /// <summary>Changes the section <c>Snakepit</c> without telling.</summary>
    public void Write(string json) => Data = new ConfigurationBuilder()
        .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes($$"""{ "Snakepit": {{json}} }""")))
        .Build().AsEnumerable().ToDictionary(static item => item.Key, static item => item.Value, StringComparer.OrdinalIgnoreCase);

    /// <summary>Changes the section <c>Snakepit</c>, and tells those who watch it.</summary>
    public void Change(string json)
    {
        Write(json);
        OnReload();
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;
}
