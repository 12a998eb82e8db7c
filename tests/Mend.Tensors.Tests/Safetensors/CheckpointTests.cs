namespace Mend.Tensors.Tests.Safetensors;

public sealed class CheckpointTests
{
    [Fact]
    public void Open_SingleFile_GivesItsTensors()
    {
        using TemporaryFolder folder = new();
        Write(folder, Checkpoint.SingleFile, "a", "b");
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.True(checkpoint.Contains("a"));
        Assert.False(checkpoint.Contains("c"));
        Assert.Equal(16, checkpoint.TotalBytes);
        Assert.Equal([2], checkpoint.Get("b", [2]).Shape);
    }

    [Fact]
    public void Open_Index_GivesTheTensorsOfAllFiles()
    {
        using TemporaryFolder folder = new();
        Write(folder, "model-1.safetensors", "a");
        Write(folder, "model-2.safetensors", "b", "c");
        Index(folder, """{"metadata":{"total_size":24},"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors","c":"model-2.safetensors"}}""");
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.Equal(3, checkpoint.Tensors.Count);
        Assert.EndsWith("model-2.safetensors", checkpoint.Get("c").File, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors","z":"model-1.safetensors"}}""", "'z'")]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors","b":"model-3.safetensors"}}""", "model-3.safetensors")]
    [InlineData("""{"weight_map":{"a":"../model-1.safetensors"}}""", "without a path")]
    [InlineData("""{"weight_map":{"a":""}}""", "without a path")]
    [InlineData("""{"weight_map":{"a":".."}}""", "without a path")]
    [InlineData("""{"weight_map":{"a":"\ud800"}}""", "not valid JSON")]
    [InlineData("""{"weight_map":{"a":1}}""", "'a'")]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors","a":"model-1.safetensors"}}""", "twice")]
    [InlineData("""{"weight_map":[]}""", "weight_map")]
    [InlineData("""{}""", "weight_map")]
    [InlineData("""{"weight_map":""", "not valid JSON")]
    public void Open_DamagedIndex_SaysWhatIsWrong(string index, string fault)
    {
        using TemporaryFolder folder = new();
        Write(folder, "model-1.safetensors", "a");
        Write(folder, "model-2.safetensors", "a", "a2");
        Index(folder, index);
        CheckpointException e = Assert.Throws<CheckpointException>(() => Checkpoint.Open(folder.Path));
        Assert.Contains(fault, e.Message, StringComparison.Ordinal);
        Assert.Contains(folder.Path, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TensorInTwoFiles_TheIndexDecides()
    {
        using TemporaryFolder folder = new();
        Write(folder, "model-1.safetensors", "a");
        Write(folder, "model-2.safetensors", "a", "b");
        Index(folder, """{"weight_map":{"a":"model-2.safetensors","b":"model-2.safetensors"}}""");
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.EndsWith("model-2.safetensors", checkpoint.Get("a").File, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoWeights_SaysWhatToDownload()
    {
        using TemporaryFolder folder = new();
        Assert.Contains(Checkpoint.SingleFile, Assert.Throws<CheckpointException>(() => Checkpoint.Open(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<CheckpointException>(() => Checkpoint.Open(folder["none"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model-00001-of-00002.safetensors model-00002-of-00002.safetensors", "'model-00001-of-00002.safetensors' and 1 more: the weights are split")]
    [InlineData("adapter_model.safetensors README.md", "merge_and_unload")]
    [InlineData("pytorch_model.bin config.json", "PyTorch pickles, which are not read. Convert them: python -c")]
    [InlineData("consolidated.00.pth", "PyTorch pickles")]
    [InlineData("tf_model.h5", "TensorFlow weights")]
    [InlineData("weights.safetensors", "name the file model.safetensors")]
    [InlineData("m-q4_k.gguf", "name that file")]
    [InlineData("config.json", "but 'config.json'. Download")]
    [InlineData("", "it is empty")]
    public void Open_OtherFiles_SaysWhatIsThereAndWhatToDo(string files, string part)
    {
        using TemporaryFolder folder = new();
        foreach (string file in files.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            folder.With(file, "x");
        }

        Assert.Contains(part, Assert.Throws<CheckpointException>(() => Checkpoint.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Get_MissingTensorOrOtherShape_NamesFolderAndTensor()
    {
        using TemporaryFolder folder = new();
        Write(folder, Checkpoint.SingleFile, "model.a");
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        CheckpointException e = Assert.Throws<CheckpointException>(() => checkpoint.Get("a"));
        Assert.Contains(folder.Path, e.Message, StringComparison.Ordinal);
        Assert.Contains("'model.a'", e.Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => checkpoint.Get("model.a", [3]));
    }

    private static void Write(TemporaryFolder folder, string file, params string[] names) =>
        SafetensorsWriter.Write(folder[file], names.Select(name => TensorData.FromFloats(name, [2], new float[] { 1, 2 })));

    private static void Index(TemporaryFolder folder, string json) => File.WriteAllText(folder[Checkpoint.IndexFile], json);
}
