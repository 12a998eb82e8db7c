using System.Text.Json.Nodes;
using Mend.Models.Chat;
using Mend.Testing;

namespace Mend.Models.Tests.Chat;

/// <summary>Where templates are looked for, and which one is taken.</summary>
public sealed class ChatTemplatesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_TemplateInTheConfiguration_IsTheDefault()
    {
        _folder.With("tokenizer_config.json", new JsonObject { ["chat_template"] = "config" });

        Assert.Equal("config", Rendered());
    }

    [Fact]
    public void Read_FileOfItsOwn_GoesBeforeTheConfiguration()
    {
        _folder.With("tokenizer_config.json", new JsonObject { ["chat_template"] = "config" }).With("chat_template.json", new JsonObject { ["chat_template"] = "json" });
        Assert.Equal("json", Rendered());

        _folder.With("chat_template.jinja", "jinja");
        Assert.Equal("jinja", Rendered());
    }

    [Fact]
    public void Read_NamedTemplates_AreChosenByNameAndByNeed()
    {
        _folder.With("tokenizer_config.json", new JsonObject
        {
            ["chat_template"] = new JsonArray(
                new JsonObject { ["name"] = "default", ["template"] = "plain" },
                new JsonObject { ["name"] = "tool_use", ["template"] = "tools" },
                new JsonObject { ["name"] = "rag", ["template"] = "documents" }),
        });
        ChatTemplates templates = ChatTemplates.Read(_folder.Path);

        Assert.Equal(["default", "rag", "tool_use"], templates.Names);
        Assert.Equal("plain", templates.Select().Text);
        Assert.Equal("tools", templates.Select(withTools: true).Text);
        Assert.Equal("documents", templates.Select("rag").Text);
        Assert.Contains("it has default, rag, tool_use", Assert.Throws<ChatTemplateException>(() => templates.Select("other")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FolderOfFurtherTemplates_IsRead()
    {
        Directory.CreateDirectory(_folder["additional_chat_templates"]);
        _folder.With("chat_template.jinja", "plain").With("additional_chat_templates/rag.jinja", "documents");

        Assert.Equal("documents", ChatTemplates.Read(_folder.Path).Select("rag").Text);
    }

    [Fact]
    public void Select_ModelWithoutTemplate_SaysWhatToDo()
    {
        _folder.With("tokenizer_config.json", new JsonObject { ["chat_template"] = null });
        ChatTemplates templates = ChatTemplates.Read(_folder.Path);

        string message = Assert.Throws<ChatTemplateException>(() => templates.Select()).Message;

        Assert.Empty(templates.Names);
        Assert.Contains("has no chat template (chat_template.jinja, chat_template.json and tokenizer_config.json were looked at)", message, StringComparison.Ordinal);
        Assert.Contains("--chat-template FILE", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("{\"chat_template\": 7}")]
    [InlineData("{\"chat_template\": [{\"name\": \"a\"}]}")]
    [InlineData("{\"chat_template\": {\"a\": 1}}")]
    [InlineData("{\"chat_template\": \"\\ud800\"}")]
    [InlineData("{")]
    public void Read_SomethingElse_IsAnErrorOfOneLine(string config)
    {
        _folder.With("tokenizer_config.json", config);

        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => ChatTemplates.Read(_folder.Path));

        Assert.Contains("cannot be read", error.Message, StringComparison.Ordinal);
    }

    private string Rendered() => ChatTemplates.Read(_folder.Path).Select().Render(new ChatTemplateInput { Messages = [] });
}
